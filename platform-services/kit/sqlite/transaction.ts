import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one transaction, durable when this returns; what it throws rolls everything back and is thrown on. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** The same without waiting for the disk: it survives a crash of the process, not a power cut before the next durable one. */
export function hastyTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = NORMAL');
  try {
    return transaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous = FULL');
  }
}

/** After an error; SQLite itself has rolled back after some (disk full, I/O error). */
export function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}
