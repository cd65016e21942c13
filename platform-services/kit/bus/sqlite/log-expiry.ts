/** Removes what has expired, a slice at a time. Runs in the worker. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pragma } from '../../sqlite/open-file.ts';
import { hastyTransaction } from '../../sqlite/transaction.ts';
import { numberOf } from '../../sqlite/values.ts';
import type { ExpirySlice } from './protocol.ts';

/** Most rows one slice looks at, and most bytes it removes: a few ms, so that appends hardly wait. */
const sliceRows = 2000;
const sliceBytes = 4 * 1024 * 1024;

export interface LogExpiry {
  /** `next` is the first row the slice did not look at. */
  expire(slice: ExpirySlice): { readonly removed: number; readonly next: number };
  /** Bytes in use; pages freed by expiry are used again by later messages, so the file stays as large as it ever was. */
  usedBytes(): number;
}

export function logExpiry(database: DatabaseSync): LogExpiry {
  const prepared = new Map<number, { readonly look: StatementSync; readonly remove: StatementSync }>();

  /** The end of the run of rows, from `from` on, that are older than `before`. */
  function sliceEnd(look: StatementSync, { from, before }: ExpirySlice): number {
    let bytes = 0;
    let end = from;
    for (const row of look.iterate(from, sliceRows)) {
      if (numberOf(row.timestamp) >= before || bytes > sliceBytes) break;
      bytes += numberOf(row.bytes);
      end = numberOf(row.offset) + 1;
    }
    return end;
  }

  return {
    expire(slice) {
      const { topicId, from, floors } = slice;
      const { look, remove } = prepared.get(topicId) ?? prepare(database, topicId);
      prepared.set(topicId, { look, remove });
      const end = sliceEnd(look, slice);
      let removed = 0;
      if (end > from) {
        hastyTransaction(database, () => {
          removed = Number(remove.run(from, end, JSON.stringify(floors)).changes);
        });
      }
      return { removed, next: end };
    },
    usedBytes: () =>
      (pragma(database, 'page_count') - pragma(database, 'freelist_count')) * pragma(database, 'page_size'),
  };
}

function prepare(database: DatabaseSync, topicId: number) {
  const table = `log_${topicId}`;
  return {
    // octet_length reads the row's header only, not a value of a megabyte.
    look: database.prepare(
      `SELECT offset, timestamp, octet_length(value) AS bytes FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT ?`,
    ),
    remove: database.prepare(
      `DELETE FROM ${table} WHERE offset >= ? AND offset < ? AND offset < json_extract(?, '$[' || partition || ']')`,
    ),
  };
}
