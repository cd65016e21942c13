/** What waits for a session, and what becomes of it when the subscription changes. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Collection, Document, Store } from '../../kit/store/store.ts';
import { configure, type Rig, startRig } from './support/agent.ts';
import { acknowledgeAll, commandsOf, expectPayloads, payloadsOf, subscribe, unsubscribe } from './support/commands.ts';
import { closeRawClients, connectedClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

const lasting = { clean: false, clientId: 'lasting' };
let rig: Rig | undefined;

afterEach(async () => {
  closeRawClients();
  await rig?.stop();
  rig = undefined;
});

/** Removals of config messages, and writes of sessions, are done, but their answer waits once `hold` was called. */
function heldWrites() {
  let gate = Promise.resolve();
  let onDone: () => void = () => undefined;
  const held =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await write(...args);
      onDone();
      await gate;
      return result;
    };
  return {
    hold() {
      const done = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      gate = released.promise;
      onDone = done.resolve;
      return { done: done.promise, release: released.resolve };
    },
    wrapStore: (store: Store): Store => ({
      ...store,
      collection: async <T extends Document>(name: string, options = {}): Promise<Collection<T>> => {
        const collection = await store.collection<T>(name, options);
        if (name === 'mqtt-config-messages') return { ...collection, removeMany: held(collection.removeMany) };
        return name === 'mqtt-sessions' ? { ...collection, put: held(collection.put) } : collection;
      },
    }),
  };
}

describe('a lasting session', () => {
  test('never gets what came while its UNSUBSCRIBE was being stored', async () => {
    const writes = heldWrites();
    rig = await startRig({ wrapStore: writes.wrapStore });
    const client = await connectedClient(rig.port, lasting);
    await subscribe(client);
    const { done, release } = writes.hold();
    const unsubscribed = unsubscribe(client);
    await done;
    await rig.send(configure('efac', { old: 1 }));
    await rig.consumed();
    release();
    await unsubscribed;
    await subscribe(client, 'admin:efac/config', 1, 101);
    client.destroy();
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    await rig.send(configure('efac', { new: 1 }));
    await expectPayloads(again, ['{"new":1}']);
    expect(payloadsOf(client)).toEqual([]);
  });

  test('is nowhere when its device is gone before its SUBSCRIBE is stored', async () => {
    const writes = heldWrites();
    rig = await startRig({ wrapStore: writes.wrapStore });
    const client = await connectedClient(rig.port, lasting);
    const { done, release } = writes.hold();
    client.send({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'admin:efac/config', qos: 1 }] });
    await done;
    client.destroy();
    await until('the session to go', async () => (await rig?.count('queue_processes')) === 0);
    release();
    await rig.restart();
    expect(await rig.count('queue_processes')).toBe(0);
  });

  test('gets its backlog once, also when it asks for QoS 0 now', async () => {
    rig = await startRig();
    const client = await connectedClient(rig.port, lasting);
    await subscribe(client);
    const commands = Array.from({ length: 30 }, (_, seq) => configure('efac', { seq }));
    await rig.send(...commands);
    await until('a window of commands', () => commandsOf(client).length === 20);
    await subscribe(client, 'admin:efac/config', 0, 101);
    acknowledgeAll(client);
    await until('the rest', () => commandsOf(client).length === 30);
    acknowledgeAll(client);
    client.send({ cmd: 'pingreq' });
    await client.expect('pingresp');
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    await rig.send(configure('efac', { new: 1 }));
    await expectPayloads(again, ['{"new":1}']);
  });

  test('subscribed with QoS 0 gets nothing that was sent while the device was away', async () => {
    rig = await startRig();
    const client = await connectedClient(rig.port, lasting);
    await subscribe(client, 'admin:efac/config', 0);
    client.destroy();
    await until('the session alone', async () => (await rig?.count('socket_close')) === 1);
    await rig.send(configure('efac', { missed: 1 }));
    await rig.consumed();
    const again = await connectedClient(rig.port, lasting);
    await rig.send(configure('efac', { heard: 1 }));
    await expectPayloads(again, ['{"heard":1}']);
  });

  test('keeps no more bytes than allowed; the oldest messages give way', async () => {
    rig = await startRig({ maxQueuedBytesPerDevice: 10_000 });
    const client = await connectedClient(rig.port, lasting);
    await subscribe(client);
    client.destroy();
    await until('the session alone', async () => (await rig?.count('socket_close')) === 1);
    const filler = 'x'.repeat(4000);
    await rig.send(...[1, 2, 3, 4, 5].map((seq) => configure('efac', { seq, filler })));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(3);
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    await expectPayloads(
      again,
      [4, 5].map((seq) => JSON.stringify({ seq, filler })),
    );
  });
});

describe('the filter for all below the config topic', () => {
  const below = 'admin:efac/config/#';

  test.each([true, false])('hears the config topic itself until it is given up (clean %s)', async (clean) => {
    rig = await startRig();
    const client = await connectedClient(rig.port, { clientId: 'lasting', clean });
    expect(await subscribe(client, [below, 'admin:efac/config/x', 'admin:efac/config'])).toEqual([1, 1, 1]);
    await rig.send(configure('efac', { fan: 1 }));
    await expectPayloads(client, ['{"fan":1}']);
    await unsubscribe(client);
    await rig.send(configure('efac', { fan: 2 }));
    await expectPayloads(client, ['{"fan":1}', '{"fan":2}']);
    client.send({ cmd: 'unsubscribe', messageId: 201, unsubscriptions: [below] });
    await client.expect('unsuback', 201);
    await rig.send(configure('efac', { fan: 3 }));
    await rig.consumed();
    client.send({ cmd: 'pingreq' });
    await client.expect('pingresp');
    expect(commandsOf(client)).toHaveLength(2);
  });

  test('is remembered over a restart', async () => {
    rig = await startRig();
    await subscribe(await connectedClient(rig.port, lasting), below);
    await rig.restart();
    const again = await connectedClient(rig.port, lasting);
    expect(await again.expect('connack')).toMatchObject({ sessionPresent: true });
    await rig.send(configure('efac', { fan: 1 }));
    await expectPayloads(again, ['{"fan":1}']);
  });
});

test('a command that is not acknowledged is sent again after a while', async () => {
  rig = await startRig({ retryMs: 50 });
  const client = await connectedClient(rig.port);
  await subscribe(client);
  await rig.send(configure('efac', { fan: 1 }));
  await until('it to be sent again', () => commandsOf(client).length > 1);
  const [first, second] = commandsOf(client);
  expect(first).toMatchObject({ dup: false });
  expect(second).toMatchObject({ dup: true, messageId: first?.messageId, payload: first?.payload });
});
