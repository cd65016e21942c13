import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../kit/clock.ts';
import { portErrors } from '../../kit/errors.ts';
import { silentLog } from '../../kit/log.ts';
import { createSqliteStore } from '../../kit/store/sqlite/sqlite-store.ts';
import type { Collection, Document, Store } from '../../kit/store/store.ts';
import { openSessionStore } from '../session-store.ts';

let folder: string;
let store: Store;
/** Removals that are to fail. */
let failures = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dojot-sessions-'));
  store = await createSqliteStore({ file: join(folder, 'store.db'), clock: systemClock, log: silentLog });
});

afterEach(async () => {
  failures = 0;
  await store.stop();
  rmSync(folder, { recursive: true });
});

const failing: Store = {
  collection: async <T extends Document>(name: string, options = {}): Promise<Collection<T>> => {
    const collection = await store.collection<T>(name, options);
    return {
      ...collection,
      removeMany: async (tenant, filter) => {
        failures -= 1;
        if (failures >= 0) throw portErrors.STORE_UNAVAILABLE('the disk is full');
        return collection.removeMany(tenant, filter);
      },
    };
  },
  increment: (...args) => store.increment(...args),
  ping: () => store.ping(),
  stop: () => store.stop(),
};

const message = (id: string, offset: number) => ({ id, offset, payload: '{}', bytes: 2, session: 'efac/a' }) as const;

test('messages that are queued again are there once', async () => {
  const sessions = await openSessionStore(failing, silentLog);
  await sessions.keep('admin', 'efac/a', { exact: 1 });
  await sessions.queue('admin', [message('0-1', 1)]);
  await sessions.queue('admin', [message('0-1', 1), message('0-2', 2)]);
  const [session] = await sessions.load();
  expect(session?.messages.map(({ id }) => id)).toEqual(['0-1', '0-2']);
});

test('what could not be forgotten is forgotten later', async () => {
  const sessions = await openSessionStore(failing, silentLog);
  await sessions.keep('admin', 'efac/a', { exact: 1 });
  await sessions.queue('admin', [message('0-1', 1), message('0-2', 2)]);
  failures = 1;
  sessions.finish('admin', 'efac/a', '0-1');
  await sessions.settled();
  const [session] = await sessions.load();
  expect(session?.messages.map(({ id }) => id)).toEqual(['0-2']);
});
