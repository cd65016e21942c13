/** Moves the journal (WAL) into the file when nobody waits for a commit. Runs in the worker. */
import type { DatabaseSync } from 'node:sqlite';
import { numberOf } from '../../sqlite/values.ts';

/** ms without a request after which the worker counts as idle. */
const idleAfter = 200;

export interface Checkpointer {
  /** Tells of `bytes` written. */
  written(bytes: number): void;
  stop(): void;
}

/**
 * A checkpoint holds up the commits behind it for as long as it writes, so under load it is made often and small:
 * after every `limit` bytes; after a pause, of whatever there is. A checkpoint that fails (disk full) is tried again at
 * the next occasion: until then the journal keeps the data, durably. `report` gets its error, and undefined when one succeeds.
 */
export function checkpointer(database: DatabaseSync, limit: number, report: (error: unknown) => void): Checkpointer {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let pending = 0;
  let idle: NodeJS.Timeout | undefined;

  function run(): void {
    clearTimeout(idle);
    idle = undefined;
    try {
      const result = checkpoint.get();
      if (numberOf(result?.checkpointed) === numberOf(result?.log)) pending = 0;
      report(undefined);
    } catch (error) {
      report(error);
    }
  }

  return {
    written(bytes) {
      pending += bytes;
      if (pending >= limit) run();
      else if (idle) idle.refresh();
      else idle = setTimeout(run, idleAfter);
    },
    stop: () => clearTimeout(idle),
  };
}
