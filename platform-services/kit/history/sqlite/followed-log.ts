/** The log whose positions and origins the file remembers. */
import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../sqlite/transaction.ts';
import { textOf } from '../../sqlite/values.ts';
import type { Origins } from './origins.ts';

/** Outside of a transaction. Returns whether another log was forgotten. */
export function logFollower(database: DatabaseSync, origins: Origins): (logId: string) => boolean {
  const known = database.prepare('SELECT log FROM followed');
  const save = database.prepare('INSERT OR REPLACE INTO followed VALUES (1, ?)');

  return (logId) => {
    const row = known.get();
    if (row && textOf(row.log) === logId) return false;
    transaction(database, () => {
      if (row) database.exec('DELETE FROM positions');
      if (row) origins.forget();
      save.run(logId);
    });
    return row !== undefined;
  };
}
