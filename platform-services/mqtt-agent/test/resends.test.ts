import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bus } from '../../kit/bus/bus.ts';
import { codeOf, createResends, type RecentPublications } from '../resends.ts';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients, connectedClient, publishPacket } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

async function stored(): Promise<unknown[]> {
  return (await rig.readings()).map(({ attrs }) => attrs.a);
}

const lasting = { clean: false, clientId: 'lasting' };

describe.each([
  ['the same process', async () => undefined],
  ['a restart of the platform', async () => rig.restart()],
])('a message sent again after %s', (_, interruption) => {
  test('with QoS 1 is acknowledged and stored once', async () => {
    const before = await connectedClient(rig.port, lasting);
    before.send(publishPacket('{"a":1}', { messageId: 5 }));
    await before.expect('puback', 5);
    before.destroy();
    await interruption();
    const after = await connectedClient(rig.port, lasting);
    after.send(publishPacket('{"a":1}', { messageId: 5, dup: true }));
    await after.expect('puback', 5);
    expect(await stored()).toEqual([1]);
    expect(await rig.count('mqtt_publish_repeated')).toBe(1);
  });

  test('with QoS 2 is stored once and its exchange ends', async () => {
    const before = await connectedClient(rig.port, lasting);
    before.send(publishPacket('{"a":1}', { messageId: 5, qos: 2 }));
    await before.expect('pubrec', 5);
    before.destroy();
    await interruption();
    const after = await connectedClient(rig.port, lasting);
    after.send(publishPacket('{"a":1}', { messageId: 5, qos: 2, dup: true }));
    await after.expect('pubrec', 5);
    after.send({ cmd: 'pubrel', messageId: 5 });
    await after.expect('pubcomp', 5);
    expect(await stored()).toEqual([1]);
  });

  test('is new when it was never stored', async () => {
    const before = await connectedClient(rig.port, lasting);
    before.send(publishPacket('{"a":1}', { messageId: 5 }));
    await before.expect('puback', 5);
    await interruption();
    const after = await connectedClient(rig.port, lasting);
    after.send(publishPacket('{"a":2}', { messageId: 5, dup: true }));
    await after.expect('puback', 5);
    expect(await stored()).toEqual([1, 2]);
  });
});

describe('a message', () => {
  test('without DUP is new, however equal', async () => {
    const device = await connectedClient(rig.port);
    for (let round = 0; round < 3; round += 1) device.send(publishPacket('{"a":1}', { messageId: 1 }));
    device.send(publishPacket('{"a":2}', { messageId: 2 }));
    await device.expect('puback', 2);
    expect(await stored()).toEqual([1, 1, 1, 2]);
  });

  test('with DUP is new when its packet id has been used for another one since', async () => {
    const device = await connectedClient(rig.port);
    device.send(publishPacket('{"a":1}'), publishPacket('{"a":2}'), publishPacket('{"a":1}', { dup: true }));
    device.send(publishPacket('{"a":3}', { messageId: 2 }));
    await device.expect('puback', 2);
    expect(await stored()).toEqual([1, 2, 1, 3]);
  });

  test('of another client id of the device is new', async () => {
    const one = await connectedClient(rig.port, { clientId: 'one' });
    one.send(publishPacket('{"a":1}'));
    await one.expect('puback');
    const two = await connectedClient(rig.port, { clientId: 'two' });
    two.send(publishPacket('{"a":1}', { dup: true }));
    await two.expect('puback');
    expect(await stored()).toEqual([1, 1]);
  });

  test('sent again while the first copy is on its way waits for it', async () => {
    const device = await connectedClient(rig.port);
    device.send(
      publishPacket('{"a":1}'),
      publishPacket('{"a":1}', { dup: true }),
      publishPacket('{"a":2}', { messageId: 2 }),
    );
    await device.expect('puback', 2);
    expect(device.received.filter((packet) => packet.cmd === 'puback').map((packet) => packet.messageId)).toEqual([
      1, 1, 2,
    ]);
    expect(await stored()).toEqual([1, 2]);
  });

  test('of QoS 2 is not stored again before its PUBREL, and is new after it', async () => {
    const device = await connectedClient(rig.port);
    const exchange = publishPacket('{"a":1}', { qos: 2, messageId: 9 });
    device.send(exchange, exchange);
    await device.expect('pubrec', 9);
    device.send({ cmd: 'pubrel', messageId: 9 });
    await device.expect('pubcomp', 9);
    expect(await stored()).toEqual([1]);
    device.send({ ...exchange, dup: true } as typeof exchange, publishPacket('{"a":2}', { messageId: 10 }));
    await device.expect('puback', 10);
    expect(await stored()).toEqual([1, 1, 2]);
  });
});

test.each([1, 2] as const)(
  'a QoS %i message sent again and again waits for the copy that is on its way now',
  async (qos) => {
    const writes: { readonly reject: (reason: Error) => void; readonly resolve: () => void }[] = [];
    let isHolding = true;
    await rig.stop();
    rig = await startRig({
      wrapBus: (bus) => ({
        ...bus,
        publish: async (topic, messages) => {
          const held = Promise.withResolvers<void>();
          writes.push(held);
          if (isHolding) await held.promise;
          await bus.publish(topic, messages);
        },
      }),
    });
    const acknowledgement = qos === 1 ? 'puback' : 'pubrec';
    const publication = (dup: boolean) => publishPacket('{"a":1}', { messageId: 5, qos, dup });
    const clients = [await connectedClient(rig.port, lasting)];
    clients[0]?.send(publication(false));
    await until('the first copy to be written', () => writes.length === 1);
    for (const _ of [2, 3]) {
      const client = await connectedClient(rig.port, lasting);
      clients.push(client);
      client.send(publication(true), { cmd: 'pingreq' });
      await client.expect('pingresp');
    }
    const last = clients.at(-1);
    writes[0]?.reject(new Error('the disk is full'));
    await until('the second copy to be written', () => writes.length === 2);
    last?.send({ cmd: 'pingreq' });
    await until('its answer', () => last?.received.filter(({ cmd }) => cmd === 'pingresp').length === 2);
    expect(last?.received.filter(({ cmd }) => cmd === acknowledgement)).toEqual([]);
    isHolding = false;
    writes[1]?.reject(new Error('the disk is full'));
    await last?.expect(acknowledgement, 5);
    expect(await stored()).toEqual([1]);
  },
);

/** A clock that goes on by `msPerMessage` for each message read, and how many were read each time. */
async function restored(replayed: number, msPerMessage: number): Promise<number[]> {
  let now = 1_000_000;
  const reads: number[] = [];
  const counting = (bus: Bus): Bus => ({
    ...bus,
    replay: async (topics, since, handler, most) => {
      let read = 0;
      const counted: typeof handler = async (batch) => {
        read += batch.messages.length;
        now += batch.messages.length * msPerMessage;
        await handler(batch);
      };
      await bus.replay(topics, since, counted, most);
      reads.push(read);
    },
  });
  const messages = Array.from({ length: replayed }, (_, n) => ({ key: 'admin:efac', value: `{"n":${n}}` }));
  await rig.bus.publish('admin.device-data', messages);
  await createResends({ now: () => now }, 300_000).restore(counting(rig.bus));
  return reads;
}

describe('after a restart the log is read back', () => {
  test('no further than the time for it lasts', async () => {
    expect(await restored(3000, 0.5)).toEqual([1000]);
  });

  test('further when there is time, until there is no more', async () => {
    expect(await restored(3000, 0.01)).toEqual([1000, 3000, 3000]);
  });
});

test('a publication is remembered for its time only, also when it was read back', async () => {
  let now = 1000;
  const recent = createResends({ now: () => now }, 300).of('admin:efac', 'admin:efac/a');
  const [one, two] = [1, 2].map((id) => codeOf(id, Buffer.from('x')));
  if (one === undefined || two === undefined) throw new Error('there are two');
  recent.begin(one, false);
  recent.stored(one);
  recent.add(two, 800);
  const known = () => [one, two].map((code) => recent.has(code));
  expect(known()).toEqual([true, true]);
  now = 1100;
  expect(known()).toEqual([true, false]);
  now = 1300;
  expect(known()).toEqual([false, false]);
});

describe('of the publications of a client', () => {
  const code = (packetId: number, payload = 'a') => codeOf(packetId, Buffer.from(payload));
  const ids = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);
  const store = (recent: RecentPublications, packetIds: readonly number[], payload = 'a', isResend = false) => {
    for (const id of packetIds) {
      recent.begin(code(id, payload), isResend);
      recent.stored(code(id, payload));
    }
  };
  const resends = () => createResends({ now: () => 0 }, 300);
  const recentOf = (all = resends(), clientId = 'a') => all.of('admin:efac', `admin:efac/${clientId}`);

  test('the last thousand are remembered, each until its packet id means another', () => {
    const recent = recentOf();
    store(recent, [...ids(65_000, 536), ...ids(1, 600)]); // Counted up, over the end, and up again.
    const known = (payload: string, packetIds: readonly number[]) =>
      packetIds.filter((id) => recent.has(code(id, payload)));
    expect(known('a', ids(1, 65_535))).toEqual([...ids(1, 600), ...ids(65_136, 400)]);
    store(recent, [7, 65_535], 'b');
    recent.delete(code(8));
    expect(known('a', [7, 8, 9, 65_534, 65_535])).toEqual([9, 65_534]);
    expect(known('b', [7, 8, 65_535])).toEqual([7, 65_535]);
  });

  test('none gives way to one that is sent again', () => {
    const recent = recentOf();
    store(recent, ids(1, 1500));
    const storedAgain: number[] = [];
    for (const id of ids(1, 1500)) {
      if (recent.has(code(id))) continue;
      storedAgain.push(id);
      store(recent, [id], 'a', true);
    }
    expect(storedAgain).toEqual(ids(1, 500));
  });

  test('fewer are remembered when there are many clients, and of one device not more than 32', () => {
    const all = resends();
    for (const id of ids(1, 2000)) all.of(`admin:d${id}`, `admin:d${id}/a`);
    store(recentOf(all), ids(1, 1000));
    expect(ids(1, 1000).filter((id) => recentOf(all).has(code(id)))).toEqual(ids(739, 262));
    for (const clientId of ids(1, 31)) recentOf(all, String(clientId));
    expect(recentOf(all).has(code(1000))).toBe(true);
    recentOf(all, 'one more');
    expect(recentOf(all).has(code(1000))).toBe(false);
  });

  test('those stored are forgotten when it ends in order, those on their way are not', () => {
    const recent = recentOf();
    store(recent, [1]);
    recent.begin(code(2), false);
    recent.forgetStored();
    expect([1, 2].map((id) => recent.has(code(id)))).toEqual([false, true]);
  });
});

test('more messages than most devices have on their way are recognised when all of them are sent again', async () => {
  const packets = (dup: boolean) =>
    Array.from({ length: 300 }, (_, n) => publishPacket(`{"a":${n}}`, { messageId: n + 1, dup }));
  const before = await connectedClient(rig.port, lasting);
  before.send(...packets(false));
  await before.expect('puback', 300);
  before.destroy();
  const after = await connectedClient(rig.port, lasting);
  after.send(...packets(true));
  await after.expect('puback', 300);
  expect(await stored()).toHaveLength(300);
});

describe.each([
  ['the same process', async () => undefined],
  ['a restart of the platform', async () => rig.restart()],
])('two clients of one device that use the same packet ids (%s)', (_, interruption) => {
  test('are each known by what they sent', async () => {
    for (const clientId of ['one', 'two']) {
      const client = await connectedClient(rig.port, { clientId });
      client.send(publishPacket(`{"a":"${clientId}"}`));
      await client.expect('puback');
      client.destroy();
    }
    await interruption();
    for (const clientId of ['one', 'two']) {
      const client = await connectedClient(rig.port, { clientId });
      client.send(publishPacket(`{"a":"${clientId}"}`, { dup: true }));
      await client.expect('puback');
    }
    expect(await stored()).toEqual(['one', 'two']);
  });
});

test('after DISCONNECT an equal message is a new one, even when only its repetition arrives', async () => {
  const before = await connectedClient(rig.port, lasting);
  before.send(publishPacket('{"a":1}'));
  await before.expect('puback');
  before.send({ cmd: 'disconnect' });
  await before.closed();
  const after = await connectedClient(rig.port, lasting);
  after.send(publishPacket('{"a":1}', { dup: true }));
  await after.expect('puback');
  expect(await stored()).toEqual([1, 1]);
});

test('PUBREL that does not wait for its PUBREC frees the packet id all the same', async () => {
  const device = await connectedClient(rig.port);
  device.send(publishPacket('{"a":1}', { qos: 2, messageId: 9 }), { cmd: 'pubrel', messageId: 9 });
  await device.expect('pubrec', 9);
  device.send(publishPacket('{"a":2}', { qos: 2, messageId: 9 }), publishPacket('{"a":3}', { messageId: 10 }));
  await device.expect('puback', 10);
  expect(await stored()).toEqual([1, 2, 3]);
});

test('PUBREL for an id nobody knows is answered', async () => {
  const device = await connectedClient(rig.port);
  device.send({ cmd: 'pubrel', messageId: 77 });
  await device.expect('pubcomp', 77);
});
