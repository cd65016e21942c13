/** Removes old rows from the file, a slice at a time, and the names of series that have none left. */
import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../sqlite/transaction.ts';
import { numberOf } from '../../sqlite/values.ts';
import { longTexts } from './long-texts.ts';
import type { ExpirySlice } from './operations.ts';

/** Rows and series looked at in one slice. */
const sliceRows = 5000;
const sliceSeries = 500;

/**
 * Goes on at series `fromSeries`. Within the transaction of a head that is being written the removal is durable with it; when
 * that is rolled back, the next expiry does it again. `isInUse`: points may still come under the number of this series.
 */
export function expirer(
  database: DatabaseSync,
  isInUse: (series: number) => boolean,
): (before: number, fromSeries: number) => ExpirySlice {
  const nextSeries = database.prepare('SELECT id FROM series WHERE id >= ? ORDER BY id LIMIT 1');
  /** Where a slice of a long series ends. */
  const cut = database.prepare('SELECT time FROM points WHERE series = ? AND time < ? ORDER BY time LIMIT 1 OFFSET ?');
  const texts = longTexts(database);
  const remove = database.prepare('DELETE FROM points WHERE series = ? AND time < ?');
  const forget = database.prepare(
    'DELETE FROM series WHERE id = ? AND NOT EXISTS (SELECT 1 FROM points WHERE series = series.id)',
  );

  function slice(before: number, fromSeries: number): ExpirySlice {
    let removed = 0;
    let next = fromSeries;
    for (let seen = 0; seen < sliceSeries; seen += 1) {
      const row = nextSeries.get(next);
      if (!row) return { removed, next: null };
      const id = numberOf(row.id);
      const middle = cut.get(id, before, sliceRows - removed)?.time;
      // Rows of one instant go together; the one after the cut makes sure that something does.
      const end = typeof middle === 'number' ? middle + 1 : before;
      texts.remove(id, Math.min(end, before));
      removed += Number(remove.run(id, Math.min(end, before)).changes);
      next = end < before ? id : id + 1;
      if (next > id && !isInUse(id)) forget.run(id);
      if (removed >= sliceRows) break;
    }
    return { removed, next };
  }

  return (before, fromSeries) =>
    database.isTransaction ? slice(before, fromSeries) : transaction(database, () => slice(before, fromSeries));
}
