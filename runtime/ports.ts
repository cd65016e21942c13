/** Opens the three ports on the files of the data folder. */

import type { Bus } from '../platform-services/kit/bus/bus.ts';
import { createSqliteBus } from '../platform-services/kit/bus/sqlite/sqlite-bus.ts';
import type { Clock } from '../platform-services/kit/clock.ts';
import type { HistoryStore } from '../platform-services/kit/history/history-store.ts';
import { createSqliteHistoryStore } from '../platform-services/kit/history/sqlite/sqlite-history-store.ts';
import type { Log } from '../platform-services/kit/log.ts';
import type { Metrics } from '../platform-services/kit/metrics.ts';
import { createSqliteStore } from '../platform-services/kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../platform-services/kit/store/store.ts';
import type { DataFolder } from './data-folder.ts';
import { type Stoppable, stopAll } from './start-all.ts';

export interface Ports {
  readonly bus: Bus;
  readonly store: Store;
  readonly historyStore: HistoryStore;
  /** The bus last: the others' handlers may still publish. */
  stop(): Promise<void>;
}

interface PortNeeds {
  readonly folder: DataFolder;
  /** Of the message log: how long and how much is kept of what every consumer has read. */
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Opens all or none: what opened is closed again when a later one cannot be opened. */
export async function openPorts({ folder, retention, clock, log, metrics }: PortNeeds): Promise<Ports> {
  const opened: Stoppable[] = [];
  try {
    const bus = await createSqliteBus({ file: folder.bus, retention, clock, log, metrics });
    opened.push(bus);
    const store = await openStore({ folder, clock, log });
    opened.push(store);
    const historyStore = await createSqliteHistoryStore({ file: folder.history, clock, log, metrics });
    opened.push(historyStore);
    return { bus, store, historyStore, stop: () => stopAll(opened) };
  } catch (error) {
    await stopAll(opened);
    throw error;
  }
}

export function openStore({ folder, clock, log }: Pick<PortNeeds, 'folder' | 'clock' | 'log'>): Promise<Store> {
  return createSqliteStore({ file: folder.store, clock, log });
}
