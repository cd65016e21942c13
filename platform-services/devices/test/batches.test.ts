import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { portErrors } from '../../kit/errors.ts';
import { silentLog } from '../../kit/log.ts';
import { createMetrics } from '../../kit/metrics.ts';
import type { Collection, CollectionOptions, Document, Store } from '../../kit/store/store.ts';
import { devices } from '../index.ts';
import { recordingBus } from './support/recording-bus.ts';
import { type Registry, soilProbe, startRegistry } from './support/registry.ts';

/** Calls of the store for devices, as they come. */
type Call = { readonly operation: 'insert' | 'replaceMany' | 'removeMany'; readonly documents: number };
let calls: Call[] = [];
/** From then on the store is not there: the platform has been killed. */
let isLast: (call: Call) => boolean = () => false;
let gone = false;
let registry: Registry;

beforeEach(async () => {
  calls = [];
  isLast = () => false;
  gone = false;
  registry = await startRegistry({ wrapStore: mortal });
  await registry.call('POST', '/template', soilProbe);
});
afterEach(() => registry.stop());

/** The store as a process sees it that ends with a call: that one is performed and not answered. */
function mortal(store: Store): Store {
  return {
    ...store,
    async collection<T extends Document>(name: string, options?: CollectionOptions) {
      return name === 'devices'
        ? mortalCollection(await store.collection<T>(name, options))
        : store.collection<T>(name, options);
    },
  };
}

function mortalCollection<T extends Document>(collection: Collection<T>): Collection<T> {
  async function watched<R>(call: Call, work: () => Promise<R>): Promise<R> {
    if (gone) throw portErrors.STORE_UNAVAILABLE('it is gone');
    const result = await work();
    calls.push(call);
    gone = isLast(call);
    if (gone) throw portErrors.STORE_UNAVAILABLE('it is gone');
    return result;
  }
  return {
    ...collection,
    insert: (tenant, ...documents) =>
      watched({ operation: 'insert', documents: documents.length }, () => collection.insert(tenant, ...documents)),
    replaceMany: (tenant, changes) =>
      watched({ operation: 'replaceMany', documents: changes.length }, () => collection.replaceMany(tenant, changes)),
    removeMany: (tenant, filter) =>
      watched({ operation: 'removeMany', documents: 0 }, () => collection.removeMany(tenant, filter)),
  };
}

const create = () => registry.call('POST', '/device?count=1200', { label: 'd', templates: [1] });
const found = async () => (await registry.call('GET', '/device?idsOnly&page_size=9999')).body as string[];

/** Another process starts on what the killed one has left; resolves to the events it brings to the bus. */
async function startAgain(): Promise<string[]> {
  gone = false;
  isLast = () => false;
  const bus = recordingBus();
  const base = { bus, clock: { now: () => 0 }, random: randomBytes, log: silentLog, metrics: createMetrics() };
  const next = await devices({ ...base, store: registry.store });
  await next.start();
  await next.stop();
  return bus.published.map(({ message }) => JSON.parse(message.value).event);
}

test('many devices are written by 500, in the order of their ids', async () => {
  const { status, body } = await create();
  expect(status).toBe(200);
  expect(calls.filter(({ operation }) => operation === 'insert').map(({ documents }) => documents)).toEqual([
    500, 500, 200,
  ]);
  expect(Math.max(...calls.map(({ documents }) => documents))).toBe(500);
  const ids = (body as { devices: { id: string }[] }).devices.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
  expect(await found()).toEqual(ids);
  expect(registry.events().map(({ event }) => event)).toEqual(Array(1200).fill('create'));
});

test('a batch that was interrupted while it was written leaves nothing', async () => {
  isLast = ({ operation }) => operation === 'insert' && calls.length === 2;
  expect(await create()).toMatchObject({ status: 503 });
  expect(await found()).toEqual([]);
  expect(await startAgain()).toEqual([]);
  expect(await found()).toEqual([]);
  const left = await registry.store.collection('devices');
  expect(await left.count('acme')).toBe(0);
  expect(await (await registry.store.collection('device-batches')).count('acme')).toBe(0);
});

test('a batch that was interrupted while it appeared is there after the next start, and so are its events', async () => {
  isLast = ({ operation }) => operation === 'replaceMany';
  expect(await create()).toMatchObject({ status: 503 });
  expect(registry.events()).toEqual([]);
  expect(await startAgain()).toEqual(Array(1200).fill('create'));
  expect(await found()).toHaveLength(1200);
  expect(await startAgain()).toEqual([]);
});

test('a batch that could not be written does not stay when the store is there again', async () => {
  isLast = ({ operation }) => operation === 'insert' && calls.length === 2;
  await create();
  gone = false;
  isLast = () => false;
  expect(await create()).toMatchObject({ status: 200 });
  expect(await found()).toHaveLength(1200);
});
