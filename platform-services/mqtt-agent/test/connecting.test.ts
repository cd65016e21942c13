/** What may happen between CONNECT and CONNACK. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import mqttPacket from 'mqtt-packet';
import { configure, type Rig, startRig } from './support/agent.ts';
import { heldDevices } from './support/held-devices.ts';
import { closeRawClients, connectedClient, connectPacket, publishPacket, rawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

const devices = heldDevices();
const config = { topic: 'admin:efac/config', qos: 1 } as const;
let rig: Rig;

beforeEach(async () => {
  rig = await startRig({ devices });
});

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

/** Resolves when the agent has read what was sent to it before. */
async function delivered(): Promise<void> {
  const witness = await connectedClient(rig.port, { username: 'admin:abcd', clientId: 'witness' });
  witness.send({ cmd: 'pingreq' });
  await witness.expect('pingresp');
}

test.each([true, false])('a SUBSCRIBE that is there before the device is found is heard (clean %s)', async (clean) => {
  const { asked, release } = devices.hold();
  const client = await rawClient(rig.port);
  client.send(connectPacket({ clean }));
  await asked;
  client.send({ cmd: 'subscribe', messageId: 7, subscriptions: [config] });
  await delivered();
  release();
  expect(await client.expect('suback', 7)).toMatchObject({ granted: [1] });
  await rig.send(configure('efac', { fan: 1 }));
  expect(await client.expect('publish')).toMatchObject({ payload: Buffer.from('{"fan":1}') });
});

test.each([true, false])(
  'a SUBSCRIBE that comes in one go with CONNECT is answered behind it (clean %s)',
  async (clean) => {
    const client = await rawClient(rig.port);
    client.send(connectPacket({ clean }), { cmd: 'subscribe', messageId: 7, subscriptions: [config] });
    expect(await client.expect('suback', 7)).toMatchObject({ granted: [1] });
    expect(client.received).toMatchObject([{ cmd: 'connack', returnCode: 0 }, { cmd: 'suback' }]);
    await rig.send(configure('efac', { fan: 1 }));
    expect(await client.expect('publish')).toMatchObject({ payload: Buffer.from('{"fan":1}') });
  },
);

test.each([
  ['is there', 'admin:efac', 'accepted'],
  ['is not there', 'admin:none', 'not_authorized'],
])('a device that %s and ends while it connects leaves nothing behind', async (_, username, answer) => {
  const { asked, release } = devices.hold();
  const client = await rawClient(rig.port);
  client.send(connectPacket({ username }));
  client.socket.end();
  if (answer === 'accepted') await asked;
  await delivered();
  release();
  await client.closed();
  expect(await rig.count(`mqtt_connack_${answer}_sent`)).toBe(answer === 'accepted' ? 2 : 1);
  await until('the connection to end', async () => (await rig.count('socket_close')) === 1);
  await until('only the witness to be left', async () => (await rig.count('queue_processes')) === 1);
});

test('readings that come in one go with CONNECT are all stored and acknowledged', async () => {
  const client = await rawClient(rig.port);
  const ids = Array.from({ length: 200 }, (_, index) => index + 1);
  client.send(connectPacket(), ...ids.map((seq) => publishPacket(JSON.stringify({ seq }), { messageId: seq })));
  await client.expect('puback', 200);
  expect(client.received.map(({ messageId }) => messageId).slice(1)).toEqual(ids);
  expect((await rig.readings()).map(({ attrs }) => attrs.seq)).toEqual(ids);
});

test.each([
  ['says goodbye', [{ cmd: 'disconnect' }]],
  ['just ends', []],
] as const)('readings of a device that %s before it is found are all stored', async (_, goodbye) => {
  const { asked, release } = devices.hold();
  const client = await rawClient(rig.port);
  const seqs = Array.from({ length: 20 }, (_, index) => index);
  const readings = seqs.map((seq) => publishPacket(JSON.stringify({ seq }), { qos: 0 }));
  client.send(connectPacket(), ...readings, ...goodbye);
  client.socket.end();
  await asked;
  await delivered();
  release();
  await client.closed();
  await until('the readings', async () => (await rig.readings()).length === 20);
  expect((await rig.readings()).map(({ attrs }) => attrs.seq)).toEqual(seqs);
  await until('the connection to end', async () => (await rig.count('socket_close')) === 1);
});

test('nothing is stored of a client that is then refused, however much comes at once', async () => {
  const stranger = { username: 'nobody:ghost', clientId: 'stranger' };
  const willOf = (length: number) => ({ topic: 'nobody:ghost/attrs', payload: Buffer.alloc(length), qos: 0 }) as const;
  const frame = mqttPacket.generate(connectPacket({ ...stranger, will: willOf(60_000) })).length - 60_000;
  // Fills exactly what is read at once, so that more is read in the same turn of the event loop.
  const connect = connectPacket({ ...stranger, will: willOf(65_536 - frame) });
  for (let round = 0; round < 60; round += 1) {
    const client = await rawClient(rig.port);
    client.send(connect, publishPacket('{"a":1}', { topic: 'nobody:ghost/attrs' }));
    await client.closed();
    expect(client.received.map(({ cmd }) => cmd).filter((cmd) => cmd !== 'connack')).toEqual([]);
  }
  expect(await rig.messages()).toEqual([]);
});

test('a connection that breaks while its CONNACK is written leaves no session', async () => {
  const { asked, release } = devices.hold();
  const client = await rawClient(rig.port);
  client.send(connectPacket());
  await asked;
  await breakOffAnd(client, release);
  await until('the CONNACK', async () => (await rig.count('mqtt_connack_accepted_sent')) === 1);
  await until('the session to go', async () => (await rig.count('queue_processes')) === 0);
});

test('a takeover that breaks off leaves nobody connected and deaf', async () => {
  const first = await connectedClient(rig.port, { clean: false, clientId: 'same' });
  first.send({ cmd: 'subscribe', messageId: 1, subscriptions: [config] });
  await first.expect('suback');
  const { asked, release } = devices.hold();
  const second = await rawClient(rig.port);
  second.send(connectPacket({ clientId: 'same' }));
  await asked;
  await breakOffAnd(second, release);
  await first.closed();
  const third = await connectedClient(rig.port, { clientId: 'same' });
  third.send({ cmd: 'subscribe', messageId: 1, subscriptions: [config] });
  await third.expect('suback');
  await rig.send(configure('efac', { fan: 1 }));
  await third.expect('publish');
  third.destroy();
  await until('the session to go', async () => (await rig.count('queue_processes')) === 0);
});

test('a device that is removed while it connects is not let in, and neither is what it said', async () => {
  const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"will":1}'), qos: 1 } as const;
  const { asked, release } = devices.hold();
  const client = await rawClient(rig.port);
  client.send(connectPacket({ will, clean: false }), publishPacket('{"a":1}'), {
    cmd: 'subscribe',
    messageId: 7,
    subscriptions: [config],
  });
  await asked;
  await rig.send({ event: 'remove', data: { id: 'efac' } });
  await client.closed();
  release();
  await delivered();
  expect(client.received).toEqual([]);
  expect(await rig.readings()).toEqual([]);
  expect(await rig.count('queue_processes')).toBe(1);
});

/** In one turn of the event loop, so that the agent answers before it knows. */
function breakOffAnd({ socket }: { socket: { resetAndDestroy(): unknown } }, release: () => void): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      socket.resetAndDestroy();
      release();
      resolve();
    });
  });
}
