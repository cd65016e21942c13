import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import mqttPacket from 'mqtt-packet';
import type { Bus } from '../../kit/bus/bus.ts';
import { portErrors } from '../../kit/errors.ts';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, publishPacket, rawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

/** What stands between agent and log: tests may hold or refuse what is to be stored. */
const gate: { hold: Promise<void>; refuse: boolean } = { hold: Promise.resolve(), refuse: false };
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ maxPayloadBytes: 2048, wrapBus: gated });
});

afterEach(() => {
  gate.hold = Promise.resolve();
  gate.refuse = false;
  closeRawClients();
});

afterAll(() => rig.stop());

function gated(bus: Bus): Bus {
  return {
    ...bus,
    publish: async (topic, messages) => {
      await gate.hold;
      if (gate.refuse) throw portErrors.BUS_UNAVAILABLE('the disk is full');
      await bus.publish(topic, messages);
    },
  };
}

async function attrsWith(name: string): Promise<unknown[]> {
  return (await rig.readings()).map(({ attrs }) => attrs[name]).filter((value) => value !== undefined);
}

describe('a reading', () => {
  test('is stored under the identity of its device before it is acknowledged', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"temperature": 21.50, "note":"é"}', { messageId: 7 }));
    await device.expect('puback', 7);
    const message = (await rig.messages()).at(-1);
    expect(message).toMatchObject({ topic: 'admin.device-data', key: 'admin:efac' });
    expect(message?.headers['dojot-mqtt-message']).toMatch(/^7:[0-9a-f]+:[0-9a-f]+$/);
    expect(JSON.parse(message?.value ?? '')).toEqual({
      metadata: { deviceid: 'efac', tenant: 'admin', timestamp: expect.any(Number) },
      attrs: { temperature: 21.5, note: 'é' },
    });
  });

  test('is not acknowledged while the log has not stored it', async () => {
    let release: () => void = () => undefined;
    gate.hold = new Promise((resolve) => {
      release = resolve;
    });
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"held":1}'), { cmd: 'pingreq' });
    await device.expect('pingresp');
    expect(device.received.map((packet) => packet.cmd)).not.toContain('puback');
    release();
    await device.expect('puback', 1);
  });

  test('that cannot be stored is never acknowledged and the connection ends', async () => {
    gate.refuse = true;
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"refused":1}'));
    await device.closed();
    expect(device.received.map((packet) => packet.cmd)).toEqual(['connack']);
    gate.refuse = false;
    const again = await connectedClient(rig.port);
    again.send(publishPacket('{"refused":1}', { dup: true }));
    await again.expect('puback', 1);
    expect(await attrsWith('refused')).toEqual([1]);
  });

  test.each([0, 1, 2] as const)('is accepted with QoS %i, in order', async (qos) => {
    const device = await connectedClient(rig.port);
    const name = `inOrder${qos}`;
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    device.send(...numbers.map((seq) => publishPacket(JSON.stringify({ [name]: seq }), { qos, messageId: seq + 1 })));
    await until('all of them', async () => (await attrsWith(name)).length === 50);
    expect(await attrsWith(name)).toEqual(numbers);
    if (qos === 1) await device.expect('puback', 50);
    if (qos === 2) {
      await device.expect('pubrec', 50);
      device.send({ cmd: 'pubrel', messageId: 50 });
      await device.expect('pubcomp', 50);
    }
  });

  test('is acknowledged in its turn, also behind one that is dropped', async () => {
    const device = await connectedClient(rig.port);
    const payloads = ['{"turn":1}', '[1]', '{"turn":3}'];
    device.send(...payloads.map((payload, index) => publishPacket(payload, { messageId: index + 1 })));
    await device.expect('puback', 2);
    await device.expect('puback', 3);
    expect(device.received.map(({ messageId }) => messageId).slice(1)).toEqual([1, 2, 3]);
  });

  test('with QoS 1 is accepted however many of QoS 2 wait for their PUBREL; with QoS 2 no more is', async () => {
    const device = await connectedClient(rig.port);
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1);
    device.send(...ids.map((messageId) => publishPacket('{"unreleased":1}', { qos: 2, messageId })));
    await device.expect('pubrec', 1000);
    device.send(publishPacket('{"released":1}', { messageId: 1001 }));
    await device.expect('puback', 1001);
    device.send(publishPacket('{"unreleased":2}', { qos: 2, messageId: 1002 }));
    await device.closed();
    expect(await attrsWith('unreleased')).toHaveLength(1000);
  });

  test('that is retained is a reading like any other', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"retained":1}', { retain: true }));
    await device.expect('puback');
    expect(await attrsWith('retained')).toEqual([1]);
  });

  test('may have attribute names that are special to JavaScript', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"__proto__":{"timestamp":5},"constructor":2}'));
    await device.expect('puback');
    expect((await rig.messages()).at(-1)?.value).toContain('"attrs":{"__proto__":{"timestamp":5},"constructor":2}');
  });
});

describe('a payload that is no JSON object', () => {
  test.each([
    ['text', 'hello'],
    ['an array', '[{"a":1}]'],
    ['a number', '5'],
    ['null', 'null'],
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['two objects', '{"a":1}{"b":2}'],
    ['no UTF-8', Buffer.from('7b2261223a22ff227d', 'hex')],
    ['an object nested too deeply', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('(%s) is acknowledged, dropped and counted', async (_, payload) => {
    const stored = (await rig.messages()).length;
    const refused = await rig.count('mqtt_refused_payload_form');
    const device = await connectedClient(rig.port);
    device.send(publishPacket(payload));
    await device.expect('puback', 1);
    expect(device.isClosed()).toBe(false);
    expect((await rig.messages()).length).toBe(stored);
    expect(await rig.count('mqtt_refused_payload_form')).toBe(refused + 1);
  });
});

describe('a payload that is too large', () => {
  test('ends the connection without an acknowledgement', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket(`{"big":"${'x'.repeat(2048)}"}`));
    await device.closed();
    expect(device.received.map((packet) => packet.cmd)).toEqual(['connack']);
    expect(await attrsWith('big')).toEqual([]);
  });

  test('ends the connection at its announcement, before the rest has come', async () => {
    const device = await connectedClient(rig.port);
    device.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x10]));
    await device.closed();
    expect(await rig.count('mqtt_invalid_msg_size_error')).toBeGreaterThan(0);
  });

  test('and one of exactly the limit is accepted', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket(`{"fits":"${'x'.repeat(2048 - 11)}"}`));
    await device.expect('puback');
  });
});

describe('a topic that is not its own', () => {
  const foreign = ['admin:abcd/attrs', 'other:efac/attrs', 'admin:efac/config', 'admin:efac/attrsx', '$SYS/x', 'foo'];

  test.each(foreign)('(%s) ends a 3.1.1 connection, unacknowledged', async (topic) => {
    const stored = (await rig.messages()).length;
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"a":1}', { topic }));
    await device.closed();
    expect(device.received.map((packet) => packet.cmd)).toEqual(['connack']);
    expect((await rig.messages()).length).toBe(stored);
  });

  test('is acknowledged and dropped for a 3.1 client, except below $', async () => {
    const stored = (await rig.messages()).length;
    const device = await connectedClient(rig.port, { protocolId: 'MQIsdp', protocolVersion: 3 });
    device.send(publishPacket('{"a":1}', { topic: 'admin:abcd/attrs' }));
    await device.expect('puback', 1);
    device.send(publishPacket('{"a":1}', { topic: '$SYS/x', messageId: 2 }));
    await device.closed();
    expect(device.received.map((packet) => packet.cmd)).toEqual(['connack', 'puback']);
    expect((await rig.messages()).length).toBe(stored);
  });
});

test.each([1, 2] as const)('a QoS %i message with packet id 0 ends the connection and is not stored', async (qos) => {
  const stored = (await rig.messages()).length;
  const device = await connectedClient(rig.port);
  const bytes = mqttPacket.generate(publishPacket('{"a":1}', { qos, messageId: 0xabcd }));
  bytes.fill(0, bytes.indexOf(Buffer.from([0xab, 0xcd])), bytes.indexOf(Buffer.from([0xab, 0xcd])) + 2);
  device.write(bytes);
  await device.closed();
  expect(device.received.map(({ cmd }) => cmd)).toEqual(['connack']);
  expect((await rig.messages()).length).toBe(stored);
});

test('a topic below its own is acknowledged, dropped and counted', async () => {
  const stored = (await rig.messages()).length;
  const device = await connectedClient(rig.port);
  device.send(publishPacket('{"a":1}', { topic: 'admin:efac/attrs/x' }));
  await device.expect('puback', 1);
  expect((await rig.messages()).length).toBe(stored);
  expect(await rig.count('mqtt_refused_deeper_topic')).toBe(1);
});

describe('bytes that are no MQTT', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a PUBLISH without CONNECT', Buffer.from('32090005612f622f630001', 'hex')],
    ['zeroes', Buffer.alloc(64)],
  ])('(%s) end only their own connection', async (_, bytes) => {
    const other = await connectedClient(rig.port, { clientId: 'other' });
    const attacker = await rawClient(rig.port);
    attacker.write(bytes);
    await attacker.closed();
    other.send(publishPacket('{"fine":1}'));
    await other.expect('puback');
  });
});
