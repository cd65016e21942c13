/** What the MQTT side does with wrong identities, topics and payloads; other devices do not notice. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Api, logIn } from '../support/api.ts';
import { connectDevice } from '../support/device.ts';
import { publish, subscribe } from '../support/mosquitto.ts';
import { type Platform, removeFolder, startPlatform } from '../support/platform.ts';
import { createWorld, type World } from '../support/sample-flow.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let api: Api;
let world: World;
let identity: string;
let reading = 0;

beforeAll(async () => {
  platform = await startPlatform();
  api = await logIn(platform.url);
  world = await createWorld(api);
  identity = `admin:${world.sensor}`;
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

beforeEach(() => {
  reading += 1;
});

/** After every attack a well-behaved device must still be heard. */
async function expectStillUp(): Promise<void> {
  const sent = await publish(platform.mqttPort, identity, `{"seq":${reading}}`);
  expect(sent).toEqual({ code: 0, output: '' });
  await until('the reading of the good device', async () =>
    (await api.history(world.sensor, 'seq')).some((row) => row.value === reading),
  );
}

describe('connecting', () => {
  test.each([
    ['a device that does not exist', 'admin:ffff'],
    ['a tenant that does not exist', 'nobody:ffff'],
    ['a user name without a device', 'admin'],
    ['a service of the original platform', 'v2k-bridge'],
  ])('as %s is refused as not authorised', async (_, name) => {
    const sent = await publish(platform.mqttPort, name, '{"seq":1}');
    expect(sent.code).not.toBe(0);
    expect(sent.output).toMatch(/not authorised/i);
    await expectStillUp();
  });

  test('a second connection of the device with the same client id takes over', async () => {
    const first = await connectDevice(platform.mqttPort, identity, 'twin');
    const closed = new Promise<void>((resolve) => first.once('close', () => resolve()));
    const second = await connectDevice(platform.mqttPort, identity, 'twin');
    await closed;
    const command = new Promise<string>((resolve) =>
      second.once('message', (_, payload) => resolve(payload.toString())),
    );
    await second.subscribeAsync(`${identity}/config`, { qos: 1 });
    await api.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 7 } });
    expect(await command).toBe('{"fan":7}');
    await second.endAsync();
    await expectStillUp();
  });

  test("another device's client id does not disconnect it", async () => {
    const victim = await connectDevice(platform.mqttPort, identity, 'mine');
    let closed = false;
    victim.on('close', () => {
      closed = true;
    });
    const rival = `admin:${world.virtual}`;
    expect((await publish(platform.mqttPort, rival, '{"seq":1}', ['-i', 'mine'])).code).toBe(0);
    await victim.publishAsync(`${identity}/attrs`, '{"seq":-1}', { qos: 1 });
    expect(closed).toBe(false);
    await victim.endAsync();
  });
});

describe('publishing', () => {
  test.each([
    ["another device's topic", () => `admin:${world.virtual}/attrs`],
    ["another tenant's topic", () => `other:${world.sensor}/attrs`],
    ['its own config topic', () => `${identity}/config`],
    ['$SYS', () => '$SYS/broker/uptime'],
    ['a one-level topic', () => 'foo'],
  ])('to %s is not acknowledged and stored nowhere', async (_, topic) => {
    const sent = await publish(platform.mqttPort, identity, '{"stolen":1}', [], topic());
    expect(sent.code).not.toBe(0);
    // What is published after it has arrived by then.
    await expectStillUp();
    for (const device of [world.virtual, world.sensor]) expect(await api.history(device, 'stolen')).toEqual([]);
  });

  test('below its own topic is stored nowhere, and the connection lives on', async () => {
    expect((await publish(platform.mqttPort, identity, '{"deeper":1}', [], `${identity}/attrs/deep`)).code).toBe(0);
    await expectStillUp();
    expect(await api.history(world.sensor, 'deeper')).toEqual([]);
  });

  test.each([
    ['text', 'hello'],
    ['an array', '[1,2]'],
    ['a number', '5'],
    ['null', 'null'],
    ['half an object', '{"seq":'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x81])],
  ])('%s is dropped and the connection lives on', async (_, payload) => {
    await publish(platform.mqttPort, identity, payload);
    await expectStillUp();
  });

  test('more than the largest payload ends the connection and stores nothing', async () => {
    const sent = await publish(platform.mqttPort, identity, `{"big":"${'x'.repeat(300_000)}"}`);
    expect(sent.code).not.toBe(0);
    await expectStillUp();
    expect(await api.history(world.sensor, 'big')).toEqual([]);
  });

  test('attribute names that are special to JavaScript are only names', async () => {
    await publish(platform.mqttPort, identity, '{"__proto__":{"polluted":1},"constructor":2,"hasOwnProperty":3}');
    await expectStillUp();
    expect((await api.history(world.sensor, 'constructor')).map((row) => row.value)).toEqual([2]);
  });
});

describe('subscribing', () => {
  test.each([
    ['everything', () => '#'],
    ['one level of everything', () => '+'],
    ["every device's commands", () => '+/config'],
    ["another device's commands", () => `admin:${world.virtual}/config`],
    ['its own readings', () => `${identity}/attrs`],
    ['$SYS', () => '$SYS/#'],
  ])('to %s is refused', async (_, topic) => {
    const listener = subscribe(platform.mqttPort, identity, [], topic());
    await until('the refusal', () => /128|denied|rejected|All subscription/i.test(listener.log()));
    await listener.stop();
    await expectStillUp();
  });

  test('each filter of a packet is judged on its own', async () => {
    const client = await connectDevice(platform.mqttPort, identity);
    const grants = await new Promise<readonly { topic: string; qos: number }[]>((resolve) =>
      client.subscribe([`${identity}/config`, `admin:${world.virtual}/config`, '#'], { qos: 1 }, (_, __, packet) =>
        resolve((packet?.granted ?? []).map((qos, index) => ({ topic: String(index), qos: Number(qos) }))),
      ),
    );
    expect(grants.map((grant) => grant.qos)).toEqual([1, 128, 128]);
    await client.endAsync();
  });
});

describe('removing a device', () => {
  test('ends its connection at once', async () => {
    const id = await api.createDevice('short-lived', [world.template]);
    const client = await connectDevice(platform.mqttPort, `admin:${id}`);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await api.call('DELETE', `/device/${id}`);
    await closed;
    expect((await publish(platform.mqttPort, `admin:${id}`, '{"seq":1}')).output).toMatch(/not authorised/i);
  });
});
