/**
 * Texts that are too long for the rows of points. SQLite reads the whole of such a row whenever it looks for a place among
 * them, so long values of one device would make the writes and reads of all slow. They stand in a table of their own, under the
 * `seq` of their point.
 */
import type { DatabaseSync } from 'node:sqlite';
import { textOf } from '../../sqlite/values.ts';
import type { StoredRow } from './operations.ts';

export interface LongTexts {
  /** Within a transaction: the row as it fits into the table of points. */
  put(row: StoredRow): StoredRow;
  /** The row as it was given to `put`. */
  whole(row: StoredRow): StoredRow;
  /** Within a transaction, before the points: those of a series that are older than `before`, ms. */
  remove(series: number, before: number): void;
}

/** Bytes: two such texts and the key fit into the quarter of a page that SQLite keeps in the row (fileformat2.html §1.6). */
const longest = 450;
/** Stands in the row for a text that is elsewhere; JSON texts begin otherwise. */
const elsewhere = '@';

export function longTexts(database: DatabaseSync): LongTexts {
  const insert = database.prepare('INSERT INTO long_texts VALUES (?, ?, ?)');
  const find = database.prepare('SELECT value, metadata FROM long_texts WHERE seq = ?');
  const remove = database.prepare(`DELETE FROM long_texts WHERE seq IN (
    SELECT seq FROM points WHERE series = ? AND time < ? AND (value = '${elsewhere}' OR metadata = '${elsewhere}'))`);

  return {
    put(row) {
      const { seq, value, metadata } = row;
      const isValueLong = typeof value === 'string' && isLong(value);
      const isMetadataLong = metadata !== null && isLong(metadata);
      if (!isValueLong && !isMetadataLong) return row;
      insert.run(seq, isValueLong ? value : null, isMetadataLong ? metadata : null);
      return {
        ...row,
        value: isValueLong ? elsewhere : value,
        metadata: isMetadataLong ? elsewhere : metadata,
      };
    },
    whole(row) {
      if (row.value !== elsewhere && row.metadata !== elsewhere) return row;
      const found = find.get(row.seq);
      return {
        ...row,
        value: row.value === elsewhere ? textOf(found?.value) : row.value,
        metadata: row.metadata === elsewhere ? textOf(found?.metadata) : row.metadata,
      };
    },
    remove: (series, before) => void remove.run(series, before),
  };
}

/** A character takes up to three bytes, or two of them four. */
function isLong(text: string): boolean {
  return text.length > longest || (text.length * 3 > longest && Buffer.byteLength(text) > longest);
}
