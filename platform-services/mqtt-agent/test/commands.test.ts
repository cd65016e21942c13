import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../kit/log.ts';
import { configure, type Rig, startRig } from './support/agent.ts';
import { acknowledgeAll, commandsOf, expectPayloads, payloadsOf, subscribe, unsubscribe } from './support/commands.ts';
import { closeRawClients, connectedClient, publishPacket, type RawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;
const lasting = { clean: false, clientId: 'lasting' };

beforeEach(async () => {
  rig = await startRig({ maxOfflineMessages: 5, maxOnlineMessages: 1000, maxSessionsPerDevice: 2 });
});

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

async function subscribed(changes = {}, qos: 0 | 1 | 2 = 1): Promise<RawClient> {
  const client = await connectedClient(rig.port, changes);
  await subscribe(client, 'admin:efac/config', qos);
  return client;
}

describe('SUBSCRIBE', () => {
  test('to the own config topic is granted at the QoS asked for', async () => {
    const client = await connectedClient(rig.port);
    expect(await subscribe(client, 'admin:efac/config', 2)).toEqual([2]);
  });

  test('is judged filter by filter and the connection stays', async () => {
    const client = await connectedClient(rig.port);
    const foreign = ['#', '+', '+/config', 'admin:abcd/config', 'admin:efac/attrs', 'admin:efac/#', '$SYS/#'];
    expect(await subscribe(client, [...foreign, 'admin:efac/config'])).toEqual([...foreign.map(() => 0x80), 1]);
    client.send({ cmd: 'pingreq' });
    await client.expect('pingresp');
  });

  test('that names a filter twice is answered for each, and the last one holds', async () => {
    const client = await connectedClient(rig.port);
    client.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [
        { topic: 'admin:efac/config', qos: 1 },
        { topic: 'x', qos: 0 },
        { topic: '#', qos: 0 },
        { topic: 'admin:efac/config', qos: 0 },
        { topic: 'x', qos: 0 },
        { topic: '#', qos: 0 },
      ],
    });
    expect(await client.expect('suback')).toMatchObject({ granted: [1, 0x80, 0x80, 0, 0x80, 0x80] });
    await rig.send(configure('efac', { fan: 1 }));
    expect(await client.expect('publish')).toMatchObject({ qos: 0 });
  });

  test('grants no more than a hundred filters of a connection besides those that are heard', async () => {
    const client = await connectedClient(rig.port);
    const below = Array.from({ length: 100 }, (_, index) => `admin:efac/config/${index}`);
    expect(await subscribe(client, below)).toEqual(below.map(() => 1));
    client.received.splice(0);
    const more = ['admin:efac/config/x', 'admin:efac/config/y', 'admin:efac/config/0', 'admin:efac/config'];
    expect(await subscribe(client, more)).toEqual([0x80, 0x80, 1, 1]);
    client.received.splice(0);
    await unsubscribe(client, below[1]);
    client.received.splice(0);
    await unsubscribe(client, below[2]);
    expect(await subscribe(client, more.slice(0, 2))).toEqual([1, 0x80]);
    await rig.send(configure('efac', { fan: 1 }));
    await expectPayloads(client, ['{"fan":1}']);
  });

  test('that names the own config topic a hundred times is granted each time', async () => {
    const client = await connectedClient(rig.port);
    const filters = Array.from({ length: 100 }, () => 'admin:efac/config');
    await subscribe(client, ['admin:efac/config/1', 'admin:efac/config/2']);
    client.received.splice(0);
    expect(await subscribe(client, filters)).toEqual(filters.map(() => 1));
  });

  test.each(['subscribe', 'unsubscribe'] as const)(
    'or its like (%s) with more than a hundred filters ends the connection',
    async (cmd) => {
      const client = await connectedClient(rig.port);
      const filters = Array.from({ length: 101 }, (_, index) => `admin:efac/config/${index}`);
      const other = await connectedClient(rig.port, { username: 'admin:abcd' });
      client.send(
        cmd === 'subscribe'
          ? { cmd, messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) }
          : { cmd, messageId: 1, unsubscriptions: filters },
      );
      await client.closed();
      expect(client.received.map((packet) => packet.cmd)).toEqual(['connack']);
      expect(await rig.count('mqtt_refused_too_many_filters')).toBe(1);
      other.send({ cmd: 'pingreq' });
      await other.expect('pingresp');
    },
  );

  test('of a refused filter is not remembered in a lasting session', async () => {
    const client = await connectedClient(rig.port, lasting);
    await subscribe(client, ['admin:abcd/config', 'admin:efac/config']);
    client.destroy();
    const again = await connectedClient(rig.port, lasting);
    await rig.send(configure('abcd', { foreign: 1 }), configure('efac', { own: 1 }));
    await expectPayloads(again, ['{"own":1}']);
  });
});

describe('a command', () => {
  test('reaches the subscribed device in order, with QoS 1, unretained', async () => {
    const client = await subscribed();
    await rig.send(configure('efac', { fan: 1 }), configure('abcd', { fan: 9 }), configure('efac', { fan: 2 }));
    await expectPayloads(client, ['{"fan":1}', '{"fan":2}']);
    expect(commandsOf(client)[0]).toMatchObject({ topic: 'admin:efac/config', qos: 1, retain: false, dup: false });
  });

  test('reaches a QoS 0 subscriber with QoS 0', async () => {
    const client = await subscribed({}, 0);
    await rig.send(configure('efac', { fan: 1 }));
    await expectPayloads(client, ['{"fan":1}']);
    expect(commandsOf(client)[0]?.qos).toBe(0);
  });

  test('reaches every session of the device', async () => {
    const clients = [await subscribed({ clientId: 'a' }), await subscribed({ clientId: 'b' })];
    await rig.send(configure('efac', { fan: 1 }));
    for (const client of clients) await expectPayloads(client, ['{"fan":1}']);
  });

  test('is only what `configure` asks for; other and unreadable events are passed over', async () => {
    const client = await subscribed();
    await rig.bus.publish('admin.dojot.device-manager.device', [{ key: 'admin:efac', value: 'rubbish' }]);
    await rig.send(
      { event: 'update', meta: { service: 'admin' }, data: { id: 'efac', attrs: { 1: [] } } },
      { event: 'configure', meta: { service: 'admin' }, data: { id: 'efac' } },
      configure('efac', { fan: 1 }),
    );
    await expectPayloads(client, ['{"fan":1}']);
  });

  test('is found among events for others without a word, and unreadable ones are logged once', async () => {
    const lines: string[] = [];
    await rig.stop();
    rig = await startRig({ log: createLog('warn', 'text', (line) => lines.push(line)) });
    const client = await subscribed();
    await rig.send(
      { event: 'template.update', meta: { service: 'admin' }, data: { affected: ['efac'], template: { id: 1 } } },
      { event: 'create', meta: { service: 'admin' }, data: { id: 'new' } },
      { event: 'update', data: null },
      { event: 'of another day' },
      { event: 'configure', data: { id: 'efac', attrs: { fan: 1 } } },
    );
    await expectPayloads(client, ['{"fan":1}']);
    expect(lines).toEqual([]);
    await rig.send({ event: 'configure', data: {} }, { event: 'remove' }, { data: {} }, configure('efac', { fan: 2 }));
    await expectPayloads(client, ['{"fan":1}', '{"fan":2}']);
    expect(lines).toHaveLength(1);
  });

  test('for another tenant is never heard, whatever the message says', async () => {
    const client = await subscribed();
    await rig.bus.publish('other.dojot.device-manager.device', [
      { key: 'admin:efac', value: JSON.stringify(configure('efac', { foreign: 1 })) },
    ]);
    await rig.send(configure('efac', { own: 1 }));
    await expectPayloads(client, ['{"own":1}']);
  });

  test('is not heard after UNSUBSCRIBE', async () => {
    const client = await subscribed();
    client.send({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['admin:efac/config'] });
    await client.expect('unsuback', 3);
    await rig.send(configure('efac', { fan: 1 }));
    const witness = await subscribed({ clientId: 'witness' });
    await rig.send(configure('efac', { fan: 2 }));
    await expectPayloads(witness, ['{"fan":2}']);
    expect(payloadsOf(client)).toEqual([]);
  });

  test('leaves at most a window unacknowledged', async () => {
    const client = await subscribed();
    await rig.send(...Array.from({ length: 30 }, (_, fan) => configure('efac', { fan })));
    await until('a window of commands', () => commandsOf(client).length === 20);
    acknowledgeAll(client);
    await until('the rest', () => commandsOf(client).length === 30);
    expect(payloadsOf(client)).toEqual(Array.from({ length: 30 }, (_, fan) => `{"fan":${fan}}`));
  });
});

describe('a lasting session', () => {
  test.each([
    ['while the device is away', async () => undefined],
    ['and a restart of the platform', async () => rig.restart()],
  ])('gets what was sent %s, in order', async (_, interruption) => {
    (await subscribed(lasting)).destroy();
    await until('the session alone', async () => (await rig.count('socket_close')) === 1);
    await rig.send(configure('efac', { fan: 1 }), configure('efac', { fan: 2 }));
    await rig.consumed();
    await interruption();
    const again = await connectedClient(rig.port, lasting);
    expect(await again.expect('connack')).toMatchObject({ sessionPresent: true });
    await expectPayloads(again, ['{"fan":1}', '{"fan":2}']);
  });

  test.each([
    ['the same process', async () => undefined, true],
    ['a restart of the platform', async () => rig.restart(), false],
  ])('gets again what it did not acknowledge (%s)', async (_, interruption, marked) => {
    const client = await subscribed(lasting);
    await rig.send(configure('efac', { fan: 1 }), configure('efac', { fan: 2 }));
    await expectPayloads(client, ['{"fan":1}', '{"fan":2}']);
    const [first, second] = commandsOf(client);
    client.send({ cmd: 'puback', messageId: first?.messageId ?? 0 }, { cmd: 'pingreq' });
    await client.expect('pingresp');
    client.destroy();
    await interruption();
    const again = await connectedClient(rig.port, lasting);
    await expectPayloads(again, ['{"fan":2}']);
    const [repeated] = commandsOf(again);
    expect(repeated?.dup).toBe(marked);
    if (marked) expect(repeated?.messageId).toBe(second?.messageId);
  });

  test('keeps at most its limit while away; the oldest give way and are counted', async () => {
    (await subscribed(lasting)).destroy();
    await until('the session alone', async () => (await rig.count('socket_close')) === 1);
    await rig.send(...Array.from({ length: 8 }, (_, fan) => configure('efac', { fan })));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(3);
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    await expectPayloads(
      again,
      [3, 4, 5, 6, 7].map((fan) => `{"fan":${fan}}`),
    );
  });

  test('ends when its client id connects with a clean session', async () => {
    (await subscribed(lasting)).destroy();
    await rig.send(configure('efac', { fan: 1 }));
    const clean = await connectedClient(rig.port, { ...lasting, clean: true });
    clean.send({ cmd: 'disconnect' });
    await clean.closed();
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    expect(await again.expect('connack')).toMatchObject({ sessionPresent: false });
  });

  test('gives way when the device makes too many of them', async () => {
    for (const clientId of ['one', 'two', 'three']) (await subscribed({ clean: false, clientId })).destroy();
    await until('one to go', async () => (await rig.count('client_expired')) === 1);
    await rig.restart();
    expect(await rig.count('queue_processes')).toBe(2);
  });
});

describe('a device that is removed', () => {
  test('is disconnected and its lasting session is gone', async () => {
    const client = await subscribed(lasting);
    const other = await connectedClient(rig.port, { username: 'admin:abcd' });
    await rig.send({ event: 'remove', meta: { service: 'admin' }, data: { id: 'efac' } });
    await client.closed();
    other.send({ cmd: 'pingreq' });
    await other.expect('pingresp');
    await until('the session to go', async () => (await rig.count('queue_processes')) === 1);
    await rig.restart();
    expect(await rig.count('queue_processes')).toBe(0);
  });

  test('takes the commands that wait for it along, so that its successor does not get them', async () => {
    (await subscribed(lasting)).destroy();
    await until('the device to be away', async () => (await rig.count('socket_close')) === 1);
    await rig.send(
      configure('efac', { old: 1 }),
      { event: 'remove', data: { id: 'efac' } },
      configure('efac', { old: 2 }),
    );
    await rig.consumed();
    await rig.restart();
    const successor = await subscribed(lasting);
    await rig.send(configure('efac', { new: 1 }));
    await expectPayloads(successor, ['{"new":1}']);
  });
});

describe('an event that removes a device', () => {
  test.each([
    ['only an id', { event: 'remove', data: { id: 'efac' } }],
    ['odd attributes', { event: 'remove', meta: { service: 7 }, data: { id: 'efac', attrs: [1], templates: 'x' } }],
  ])('does so with %s', async (_, event) => {
    const client = await connectedClient(rig.port);
    await rig.send(event);
    await client.closed();
  });

  test('removes it together with its will', async () => {
    const will = { topic: 'admin:efac/attrs', payload: Buffer.from('{"will":1}'), qos: 0 } as const;
    const client = await connectedClient(rig.port, { will });
    await rig.send({ event: 'remove', data: { id: 'efac' } });
    await client.closed();
    const other = await connectedClient(rig.port, { username: 'admin:abcd' });
    other.send(publishPacket('{"other":1}', { topic: 'admin:abcd/attrs' }));
    await other.expect('puback');
    expect((await rig.readings()).map(({ attrs }) => attrs)).toEqual([{ other: 1 }]);
  });
});

describe('a subscriber that reads nothing', () => {
  test.each([0, 1] as const)('and leaves 20,000 commands of QoS %i behind harms nobody', async (qos) => {
    const slow = await subscribed({ clientId: 'slow' }, qos);
    slow.socket.pause();
    const filler = 'x'.repeat(500);
    for (let part = 0; part < 20; part += 1)
      await rig.send(...Array.from({ length: 1000 }, (_, seq) => configure('efac', { seq, filler })));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBeGreaterThan(5000);
    slow.destroy();
    const other = await connectedClient(rig.port, { username: 'admin:abcd' });
    other.send(publishPacket('{"a":1}', { topic: 'admin:abcd/attrs' }));
    await other.expect('puback', 1);
    await until('the session to go', async () => (await rig.count('queue_processes')) === 1);
  });
});
