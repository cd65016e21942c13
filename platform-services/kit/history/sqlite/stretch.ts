/** A part of a series that is in memory, in the order in which it is read. */
import { byPlace, type Column, rowAt } from './head.ts';
import type { Place, StoredRow, StoredValue } from './operations.ts';

/** Rows that follow a place in a direction: 1 = to later times, -1 = to earlier ones. */
export interface Stretch {
  /** Excluded. */
  readonly start: Place;
  /** The last time that counts, ms. */
  readonly end: number;
  readonly direction: 1 | -1;
  readonly limit: number;
  /** A value that is left out. */
  readonly without: StoredValue;
}

/** The rows of a column that is in order, from index `from` on. However long it is, little of it is looked at. */
export function stretchOf(column: Column, from: number, stretch: Stretch): StoredRow[] {
  const { start, end, direction, limit, without } = stretch;
  const { length } = column.times;
  const leastDistance = direction === 1 ? 1 : 0;
  const behind = firstIndex(from, length, (at) => byPlace(placeAt(column, at), start) >= leastDistance);
  const rows: StoredRow[] = [];
  for (let at = direction === 1 ? behind : behind - 1; at >= from && at < length; at += direction) {
    const row = rowAt(column, at);
    if (!row || rows.length >= limit || (row.time - end) * direction > 0) break;
    if (row.value !== without) rows.push(row);
  }
  return rows;
}

function placeAt({ times, seqs }: Column, at: number): Place {
  return { time: times[at] ?? 0, seq: seqs[at] ?? 0 };
}

/** The first index in a range that is behind, where all after it are as well; `end` when none is. */
function firstIndex(start: number, end: number, isBehind: (at: number) => boolean): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
