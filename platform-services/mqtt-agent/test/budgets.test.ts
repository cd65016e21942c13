/** What may wait for the devices of a tenant, and what of it a start reads. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Collection, Document, Store } from '../../kit/store/store.ts';
import { configure, type Rig, startRig } from './support/agent.ts';
import { expectPayloads, subscribe } from './support/commands.ts';
import { closeRawClients, connectedClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

let rig: Rig;

afterEach(async () => {
  closeRawClients();
  await rig.stop();
});

const lasting = (id: string, clientId: string) => ({ username: `admin:${id}`, clientId, clean: false });

/** Subscribes in lasting sessions, named `<device>/<client id>`, and leaves. */
async function leaveSessions(...names: string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const [id = '', clientId = ''] = name.split('/');
    const client = await connectedClient(rig.port, lasting(id, clientId));
    await subscribe(client, `admin:${id}/config`);
    client.destroy();
    await until('it to be away', async () => (await rig.count('socket_close')) === index + 1);
  }
}

async function expectCommands(id: string, clientId: string, numbers: number[]): Promise<void> {
  const client = await connectedClient(rig.port, lasting(id, clientId));
  await expectPayloads(
    client,
    numbers.map((n) => `{"n":${n}}`),
  );
}

const command = (id: string, n: number) => configure(id, { n });

describe('the oldest commands give way', () => {
  test('when the sessions of their device have too many together', async () => {
    rig = await startRig({ maxQueuedPerDevice: 5 });
    await leaveSessions('efac/a', 'efac/b', 'abcd/a');
    await rig.send(...[1, 2, 3].map((n) => command('efac', n)), command('abcd', 1));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(1);
    await expectCommands('efac', 'a', [2, 3]);
    await expectCommands('efac', 'b', [1, 2, 3]);
    await expectCommands('abcd', 'a', [1]);
  });

  test.each([
    ['number', { maxQueuedPerTenant: 3 }],
    ['bytes', { maxQueuedBytesPerTenant: 3 * '{"n":1}'.length }],
  ])('when all devices of their tenant have too many together (%s), also after a restart', async (_, limits) => {
    rig = await startRig(limits);
    await leaveSessions('efac/a', 'abcd/a');
    await rig.send(command('efac', 1), command('abcd', 2), command('efac', 3), command('abcd', 4), command('abcd', 5));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(2);
    await rig.restart();
    await rig.send(command('efac', 6));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(1);
    const client = await connectedClient(rig.port, lasting('efac', 'a'));
    await until('the newest command', () => client.received.some(({ cmd }) => cmd === 'publish'));
  });

  test('when those that were sent are not acknowledged', async () => {
    rig = await startRig({ maxQueuedPerDevice: 25 });
    const client = await connectedClient(rig.port, lasting('efac', 'a'));
    await subscribe(client);
    await rig.send(...Array.from({ length: 30 }, (_, n) => command('efac', n)));
    await rig.consumed();
    expect(await rig.count('queue_message_drop')).toBe(5);
    client.destroy();
    await until('it to be away', async () => (await rig.count('socket_close')) === 1);
    const sent = Array.from({ length: 20 }, (_, n) => n);
    await expectCommands('efac', 'a', sent);
  });
});

test('a start reads of the commands that wait how large they are, and the rest when their device comes', async () => {
  let read = 0;
  const watched = (store: Store): Store => ({
    ...store,
    collection: async <T extends Document>(name: string, options = {}): Promise<Collection<T>> => {
      const collection = await store.collection<T>(name, options);
      const count = async <Found extends { readonly document: T }>(found: Promise<Found[]>) => {
        const documents = await found;
        read += JSON.stringify(documents).length;
        return documents;
      };
      return {
        ...collection,
        find: (...query) => count(collection.find(...query)),
        findEverywhere: (...query) => count(collection.findEverywhere(...query)),
      };
    },
  });
  rig = await startRig({ wrapStore: watched });
  await leaveSessions('efac/a');
  const filler = 'x'.repeat(100_000);
  await rig.send(...[1, 2, 3].map((n) => configure('efac', { n, filler })));
  await rig.consumed();
  read = 0;
  await rig.restart();
  expect(read).toBeLessThan(2000);
  const client = await connectedClient(rig.port, lasting('efac', 'a'));
  await expectPayloads(
    client,
    [1, 2, 3].map((n) => JSON.stringify({ n, filler })),
  );
});

test('a command larger than allowed is not delivered, and counted; those behind it are', async () => {
  rig = await startRig({ maxPayloadBytes: 1000 });
  await leaveSessions('efac/a');
  await rig.send(configure('efac', { filler: 'x'.repeat(1000) }), command('efac', 1));
  await rig.consumed();
  expect(await rig.count('mqtt_command_size_error')).toBe(1);
  await expectCommands('efac', 'a', [1]);
});
