import type { DatabaseSync } from 'node:sqlite';

/** FULL: the commit waits for the disk. NORMAL: it survives a crash of the process, not a power cut. */
export type Durability = 'FULL' | 'NORMAL';

/** Runs `work` in one transaction; what it throws rolls everything back and is thrown on. */
export function transaction(database: DatabaseSync, durability: Durability, work: () => void): void {
  if (durability === 'NORMAL') database.exec('PRAGMA synchronous = NORMAL');
  try {
    database.exec('BEGIN IMMEDIATE');
    work();
    database.exec('COMMIT');
  } catch (error) {
    // SQLite itself has rolled back after some errors (disk full, I/O error).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    if (durability === 'NORMAL') database.exec('PRAGMA synchronous = FULL');
  }
}
