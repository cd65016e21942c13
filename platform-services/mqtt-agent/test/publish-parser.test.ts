import { expect, test } from '@jest/globals';
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet';
import { isPacketParser, quickenPublishes } from '../publish-parser.ts';

interface Outcome {
  readonly packets: readonly object[];
  readonly errors: readonly string[];
}

/** What a parser makes of chunks; our own way with PUBLISH, or mqtt-packet's alone. */
function parseAll(chunks: readonly Buffer[], quick: boolean, protocolVersion = 4): Outcome {
  const parser: unknown = mqttPacket.parser({ protocolVersion });
  if (!isPacketParser(parser)) throw new Error('mqtt-packet has another parser now');
  const outcome = { packets: [] as object[], errors: [] as string[] };
  parser.on('packet', (packet: Packet) =>
    outcome.packets.push({ ...packet, ...(packet.cmd === 'publish' && { payload: String(packet.payload) }) }),
  );
  parser.on('error', (error: Error) => outcome.errors.push(error.message));
  if (quick) quickenPublishes(parser);
  for (const chunk of chunks) parser.parse(chunk);
  return outcome;
}

function expectSame(chunks: readonly Buffer[], protocolVersion?: number): Outcome {
  const quick = parseAll(chunks, true, protocolVersion);
  expect(quick).toEqual(parseAll(chunks, false, protocolVersion));
  return quick;
}

const publish = (over: Partial<IPublishPacket> = {}) =>
  mqttPacket.generate({
    ...{ cmd: 'publish', topic: 'admin:d1/attrs', payload: '{"t":1}', qos: 1, messageId: 7, retain: false, dup: false },
    ...over,
  });

const stream = [
  publish(),
  publish({ qos: 0 }),
  publish({ qos: 2, dup: true, retain: true, messageId: 65_535 }),
  mqttPacket.generate({ cmd: 'pingreq' }),
  publish({ payload: 'x'.repeat(200) }),
  publish({ topic: 'temperatura/é/☀', payload: '' }),
  mqttPacket.generate({ cmd: 'puback', messageId: 3 }),
  publish({ payload: 'y'.repeat(20_000) }),
  publish({ topic: '' }),
];
const bytes = Buffer.concat(stream);

test.each([1, 2, 3, 5, 17, 100, 1024, bytes.length])('finds the packets of a stream in chunks of %d bytes', (size) => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  expect(expectSame(chunks).packets).toHaveLength(stream.length);
});

test.each([
  ['QoS 3', Buffer.from([0x36, 5, 0, 1, 97, 0, 1])],
  ['a topic that is longer than the packet', Buffer.from([0x32, 5, 0, 9, 97, 0, 1])],
  ['no room for a packet id', Buffer.from([0x32, 3, 0, 1, 97])],
  ['no topic', Buffer.from([0x30, 1, 0])],
  ['nothing at all', Buffer.from([0x30, 0])],
  ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1, 0, 0])],
])('leaves to mqtt-packet what is malformed: %s', (_, packet) => {
  expectSame([packet]);
  expectSame([publish(), packet, publish()]);
  expectSame([Buffer.concat([publish(), packet, publish()])]);
});

test('leaves MQTT 5 to mqtt-packet: its PUBLISH has properties', () => {
  const packet = { cmd: 'publish', topic: 'a', payload: 'b', qos: 1, messageId: 1, retain: false, dup: false } as const;
  const [found] = expectSame([mqttPacket.generate(packet, { protocolVersion: 5 })], 5).packets;
  expect(found).toMatchObject({ payload: 'b' });
});
