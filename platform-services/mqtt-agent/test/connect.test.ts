import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import mqttPacket from 'mqtt-packet';
import { type Rig, someDevices, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, connectPacket, publishPacket, rawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;
/** Makes the directory fail. */
let directoryIsDown = false;

beforeAll(async () => {
  rig = await startRig({
    connectTimeoutMs: 300,
    devices: {
      find: async (tenant, id) => {
        if (directoryIsDown) throw new Error('down');
        return someDevices.find(tenant, id);
      },
    },
  });
});

afterEach(() => {
  directoryIsDown = false;
  closeRawClients();
});

afterAll(() => rig.stop());

async function returnCodeOf(changes: Parameters<typeof connectPacket>[0]): Promise<number | undefined> {
  const client = await rawClient(rig.port);
  client.send(connectPacket(changes));
  const connack = await client.expect('connack');
  const code = 'returnCode' in connack ? connack.returnCode : undefined;
  if (code !== 0) await client.closed();
  return code;
}

describe('CONNECT', () => {
  test.each([
    ['a device that exists', {}, 0],
    ['MQTT 3.1', { protocolId: 'MQIsdp', protocolVersion: 3 }, 0],
    ['any password', { password: Buffer.from('x') }, 0],
    ['MQTT 5', { protocolVersion: 5 }, 1],
    ['a user name without tenant', { username: 'efac' }, 5],
    ['a user name with two colons', { username: 'admin:efac:1' }, 5],
    ['a service of the original platform', { username: 'v2k-bridge' }, 5],
    ['an unknown device', { username: 'admin:0000' }, 5],
    ['an unknown tenant', { username: 'nobody:efac' }, 5],
    ['a device id with a wildcard', { username: 'admin:+' }, 5],
    ['a long client id', { clientId: 'x'.repeat(100) }, 0],
    ['a client id that is too long', { clientId: 'é'.repeat(51) }, 2],
    [
      'a client id of 24 characters in MQTT 3.1',
      { protocolVersion: 3, protocolId: 'MQIsdp', clientId: 'x'.repeat(24) },
      0,
    ],
    ['a will on the own topic', { will: { topic: 'admin:efac/attrs', payload: '{}', qos: 1 } }, 0],
    ['a will below the own topic', { will: { topic: 'admin:efac/attrs/x', payload: '{}', qos: 1 } }, 0],
    ["a will on another's topic", { will: { topic: 'admin:abcd/attrs', payload: '{}', qos: 1 } }, 5],
  ] as const)('with %s', async (_, changes, code) => {
    expect(await returnCodeOf(changes as Parameters<typeof connectPacket>[0])).toBe(code);
  });

  test('without a user name is not authorised', async () => {
    const client = await rawClient(rig.port);
    const { username: _, ...packet } = connectPacket();
    client.send(packet);
    expect(await client.expect('connack')).toMatchObject({ returnCode: 5 });
    await client.closed();
  });

  test.each([
    ['3.1.1 and a clean session', 4, 2, 0],
    ['3.1.1 and a lasting session', 4, 0, 2],
    ['3.1', 3, 2, 2],
  ])('without a client id in %s', async (_, version, flags, code) => {
    const client = await rawClient(rig.port);
    client.write(connectWithoutClientId(version, flags));
    expect(await client.expect('connack')).toMatchObject({ returnCode: code });
  });

  test('is answered "unavailable" when the device cannot be looked up', async () => {
    directoryIsDown = true;
    expect(await returnCodeOf({})).toBe(3);
  });

  test('that does not come in time ends the connection', async () => {
    const client = await rawClient(rig.port);
    await client.closed();
  });

  test('is counted', async () => {
    const before = await rig.count('mqtt_connack_not_authorized_sent');
    await returnCodeOf({ username: 'nobody' });
    expect(await rig.count('mqtt_connack_not_authorized_sent')).toBe(before + 1);
    expect(await rig.count('mqtt_connect_received')).toBeGreaterThan(0);
  });
});

describe('a client id', () => {
  test('in use by the same device is taken over', async () => {
    const first = await connectedClient(rig.port, { clientId: 'same' });
    const second = await connectedClient(rig.port, { clientId: 'same' });
    await first.closed();
    second.send(publishPacket('{"a":1}'));
    await second.expect('puback');
  });

  test('in use by another device is another session', async () => {
    const first = await connectedClient(rig.port, { clientId: 'same' });
    await connectedClient(rig.port, { clientId: 'same', username: 'admin:abcd' });
    first.send(publishPacket('{"a":1}'));
    await first.expect('puback');
  });
});

describe('a will', () => {
  test('is a reading when the connection breaks', async () => {
    const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"will":1}'), qos: 1, retain: true } as const;
    const acknowledged = await rig.count('mqtt_puback_sent');
    const client = await connectedClient(rig.port, { will });
    client.destroy();
    await until('the will', async () => (await rig.readings()).some(({ attrs }) => attrs.will === 1));
    expect(await rig.count('mqtt_puback_sent')).toBe(acknowledged);
  });

  test('is forgotten when the client says goodbye', async () => {
    const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"will":2}'), qos: 1 } as const;
    const client = await connectedClient(rig.port, { will });
    client.send({ cmd: 'disconnect' });
    await client.closed();
    const marker = await connectedClient(rig.port);
    marker.send(publishPacket('{"marker":1}'));
    await marker.expect('puback');
    expect((await rig.readings()).some(({ attrs }) => attrs.will === 2)).toBe(false);
  });
});

/** mqtt-packet refuses to write such packets. */
function connectWithoutClientId(version: number, flags: number): Buffer {
  const name = version === 4 ? 'MQTT' : 'MQIsdp';
  const username = 'admin:efac';
  const body = Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([version, 0x80 | flags, 0, 0, 0, 0, 0, username.length]),
    Buffer.from(username),
  ]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

test.each([1, 2, 6, 127])('CONNECT with protocol level %i is answered with code 1', async (level) => {
  const bytes = mqttPacket.generate(connectPacket());
  bytes[bytes.indexOf('MQTT') + 4] = level;
  const client = await rawClient(rig.port);
  client.write(bytes);
  expect(await client.expect('connack')).toMatchObject({ returnCode: 1 });
  await client.closed();
});
