/** The store on one SQLite file: JSON documents, owned by a worker thread so that no fsync blocks the caller's loop. */
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { platformLane } from '../../sqlite/lanes.ts';
import { lastingThread } from '../../sqlite/lasting-thread.ts';
import type { ThreadCalls } from '../../sqlite/thread-calls.ts';
import { startWorker } from '../../worker.ts';
import type { Collection, CollectionOptions, Document, Filter, FindOptions, Store, Stored } from '../store.ts';
import type { DocumentText, StoredText, StoreOperations } from './operations.ts';

export interface SqliteStoreNeeds {
  /** Path; created when absent. One process at a time may have it open. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  /** MiB of memory that its thread may use; default: as Node decides. */
  readonly threadHeapMb?: number;
}

/** ms between two sweeps of expired documents; they are invisible from their time on. */
const sweepInterval = 60_000;
/** Documents asked for at once when a result is longer than one answer. */
const placesPerRead = 1000;
/** Belongs to no tenant (`contract/topics.ts`), so it meets nobody's counter. */
const nobody = '';

/**
 * Throws `CORRUPT_FILE` when the file is damaged or not a document store, `FILE_IN_USE` (another process has it),
 * `FILE_TOO_NEW` or `FOLDER_UNUSABLE`. Beyond the port: fields of an ordinary index are compared as scalars, never as lists.
 */
export async function createSqliteStore({ file, clock, log, threadHeapMb }: SqliteStoreNeeds): Promise<Store> {
  /** By name; a new thread knows none. */
  const definitions = new Map<string, CollectionOptions>();
  const resourceLimits = threadHeapMb === undefined ? {} : { maxOldGenerationSizeMb: threadHeapMb };
  const thread = await lastingThread<StoreOperations>({
    log,
    start: () => startWorker(import.meta.url, './store-worker', { workerData: { file }, resourceLimits }),
    async prepare({ call }) {
      for (const [name, options] of definitions) await call('define', name, options);
    },
  });
  const sweep = setInterval(() => {
    thread
      .call('sweep', clock.now())
      .catch((error: unknown) => log.warn('Expired documents were not removed.', { error }));
  }, sweepInterval);
  sweep.unref();

  return {
    async collection<T extends Document>(name: string, options: CollectionOptions = {}) {
      await thread.call('define', name, options);
      definitions.set(name, options);
      return collectionOf<T>(name, thread, clock);
    },
    increment: (tenant, counter, by = 1) => thread.callFor(tenant, 'increment', tenant, counter, by),
    async ping() {
      // In the lane of the platform: whether the store works is known also while it has much to do.
      await thread.call('increment', nobody, 'pings', 1);
    },
    stop() {
      clearInterval(sweep);
      return thread.stop();
    },
  };
}

function collectionOf<T extends Document>(
  name: string,
  { call, callFor }: ThreadCalls<StoreOperations>,
  clock: Clock,
): Collection<T> {
  /** Of all tenants when `tenant` is null. */
  async function* texts(
    tenant: string | null,
    filter: Filter = {},
    options: FindOptions = {},
  ): AsyncGenerator<StoredText[]> {
    const lane = tenant ?? platformLane;
    const first = await callFor(lane, 'find', name, clock.now(), tenant, filter, options);
    if (first.found.length > 0) yield first.found;
    for (let next = 0; next < first.rest.length; ) {
      const places = first.rest.slice(next, next + placesPerRead);
      const { found, taken } = await callFor(lane, 'read', name, clock.now(), places);
      if (found.length > 0) yield found;
      next += taken;
    }
  }

  return {
    async get(tenant, id) {
      const found = await callFor(tenant, 'get', name, clock.now(), tenant, id);
      return found && stored<T>(found);
    },
    find: async (tenant, filter, options) => (await all(texts(tenant, filter, options))).map((text) => stored<T>(text)),
    async *pages(tenant, filter, options) {
      for await (const page of texts(tenant, filter, options)) yield page.map((text) => stored<T>(text));
    },
    ids: (tenant, filter = {}, options = {}) => callFor(tenant, 'ids', name, clock.now(), tenant, filter, options),
    async findEverywhere(filter, options) {
      const found = await all(texts(null, filter, options));
      return found.map((text) => ({ ...stored<T>(text), tenant: text.tenant }));
    },
    count: (tenant, filter = {}) => callFor(tenant, 'count', name, clock.now(), tenant, filter),
    insert: async (tenant, ...documents) => callFor(tenant, 'insert', name, clock.now(), tenant, documents.map(asText)),
    put: async (tenant, document) => callFor(tenant, 'put', name, clock.now(), tenant, asText(document)),
    async replace(tenant, document, revision) {
      await callFor(tenant, 'replace', name, clock.now(), tenant, [{ ...asText(document), revision }]);
      return revision + 1;
    },
    async replaceMany(tenant, changes) {
      const texts = changes.map(({ document, revision }) => ({ ...asText(document), revision }));
      await callFor(tenant, 'replace', name, clock.now(), tenant, texts);
    },
    remove: (tenant, id, revision) => callFor(tenant, 'remove', name, clock.now(), tenant, id, revision ?? null),
    removeMany: (tenant, filter = {}) => callFor(tenant, 'removeMany', name, clock.now(), tenant, filter),
    tenants: () => call('tenants', name, clock.now()),
  };
}

async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const page of pages) for (const one of page) gathered.push(one);
  return gathered;
}

function asText(document: Document): DocumentText {
  return { id: document.id, text: JSON.stringify(document) };
}

function stored<T extends Document>({ text, revision }: StoredText): Stored<T> {
  const document: T = JSON.parse(text);
  return { document, revision };
}
