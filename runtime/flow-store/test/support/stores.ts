/** Flow stores on a real database file; `close` removes everything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../../platform-services/kit/log.ts';
import { createSqliteStore } from '../../../../platform-services/kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../../platform-services/kit/store/store.ts';
import type { FlowStore } from '../../flow-store.ts';
import { createFlowStore } from '../../index.ts';

export interface Bench {
  readonly store: Store;
  readonly flows: FlowStore;
  /** Every call is a ms later than the one before. */
  readonly clock: { now(): number };
  readonly errors: string[];
  /** Another process on the same data. */
  another(options?: { readonly key?: Buffer }): Promise<FlowStore>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'dojot-flows-'));
  let time = 1_700_000_000_000;
  const clock = { now: () => ++time };
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const store = await createSqliteStore({ file: join(folder, 'store.sqlite'), clock, log: silentLog });
  const another: Bench['another'] = ({ key = Buffer.alloc(32, 7) } = {}) =>
    createFlowStore({ store, clock, randomId: () => crypto.randomUUID(), encryptionKey: () => key, log });
  return {
    store,
    flows: await another(),
    clock,
    errors,
    another,
    close: async () => {
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
