/** What one device sends at once is taken little by little, and others are heard in the meantime. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import mqttPacket from 'mqtt-packet';
import type { DeviceDirectory } from '../../kit/directory.ts';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, publishPacket, type RawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

/** Of any tenant. */
const devices: DeviceDirectory = { find: async (_, id) => ({ id, label: id, templates: [], attributes: [] }) };
let rig: Rig;
/** Keys of the messages that were handed to the bus. */
let handedOver: string[];
let release: () => void;
let released: Promise<void>;

beforeEach(async () => {
  handedOver = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  released = promise;
  release = resolve;
  rig = await startRig({
    devices,
    maxPendingPerTenant: 200,
    wrapBus: (bus) => ({
      ...bus,
      publish: async (topic, messages) => {
        handedOver.push(...messages.map(({ key }) => key));
        await released;
        await bus.publish(topic, messages);
      },
    }),
  });
});

afterEach(async () => {
  release();
  closeRawClients();
  await rig.stop();
});

const count = (key: string) => handedOver.filter((one) => one === key).length;
const numbers = (length: number) => Array.from({ length }, (_, n) => n);

async function flood(key: string, clientId: string, readings: number): Promise<RawClient> {
  const client = await connectedClient(rig.port, { username: key, clientId });
  client.send(...numbers(readings).map((n) => publishPacket(`{"n":${n}}`, { topic: `${key}/attrs`, qos: 0 })));
  return client;
}

async function isHeard(key: string): Promise<void> {
  const client = await connectedClient(rig.port, { username: key });
  client.send(publishPacket('{"n":0}', { topic: `${key}/attrs` }));
  await until(`${key} to be heard`, () => count(key) === 1);
}

describe('while the readings of a flood are being stored', () => {
  test('only so many of its device are on their way, and others of its tenant are heard', async () => {
    for (const clientId of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await flood('admin:efac', clientId, 1000);
    await until('its window to be full', () => count('admin:efac') >= 64);
    await isHeard('admin:abcd');
    expect(count('admin:efac')).toBeLessThan(64 + 50);
  });

  test('only so many of its tenant are on their way, and others are heard', async () => {
    for (const id of numbers(10)) await flood(`admin:d${id}`, 'a', 1000);
    await until('its window to be full', () => handedOver.length >= 200);
    await isHeard('other:d1');
    expect(handedOver.length).toBeLessThan(200 + 50 + 1);
    release();
    await until('all to be stored', async () => (await rig.messages()).length === 10_001);
  });
});

test('everything that was sent before the end of the connection is taken, in order', async () => {
  release();
  const client = await flood('admin:efac', 'a', 3000);
  client.socket.end();
  await until('all to be stored', async () => (await rig.messages()).length === 3000);
  expect((await rig.readings()).map(({ attrs }) => attrs.n)).toEqual(numbers(3000));
});

test('small and large packets that come in one go are all taken', async () => {
  release();
  const client = await connectedClient(rig.port);
  const payloads = [10, 2000, 1, 100_000, 1025, 200_000, 5].map((length) => JSON.stringify({ x: 'x'.repeat(length) }));
  client.send(...payloads.map((payload, index) => publishPacket(payload, { messageId: index + 1 })));
  await client.expect('puback', payloads.length);
  expect((await rig.readings()).map(({ attrs }) => JSON.stringify(attrs))).toEqual(payloads);
});

test('a client that asks thousands of times at once gets all its answers', async () => {
  release();
  const client = await connectedClient(rig.port);
  const ping = mqttPacket.generate({ cmd: 'pingreq' });
  client.write(Buffer.concat(numbers(5000).map(() => ping)));
  await until('the answers', () => client.received.filter(({ cmd }) => cmd === 'pingresp').length === 5000);
});
