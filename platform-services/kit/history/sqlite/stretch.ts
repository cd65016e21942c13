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

/** The rows of a column from index `from` on. However long it is, little of it is looked at, if its points came in order. */
export function stretchOf(column: Column, from: number, stretch: Stretch): StoredRow[] {
  const { start, end, direction, limit, without } = stretch;
  const length = column.times.length - from;
  const order = column.inOrder ? undefined : orderOf(column, from);
  const indexOf = (rank: number) => (order ? (order[rank] ?? -1) : from + rank);
  const leastDistance = direction === 1 ? 1 : 0;
  const behind = firstRank(length, (rank) => byPlace(placeAt(column, indexOf(rank)), start) >= leastDistance);
  const rows: StoredRow[] = [];
  for (let rank = direction === 1 ? behind : behind - 1; rank >= 0 && rank < length; rank += direction) {
    const row = rowAt(column, indexOf(rank));
    if (!row || rows.length >= limit || (row.time - end) * direction > 0) break;
    if (row.value !== without) rows.push(row);
  }
  return rows;
}

/** Indices in order of place. */
function orderOf(column: Column, from: number): number[] {
  const indices = Array.from({ length: column.times.length - from }, (_, at) => from + at);
  return indices.sort((one, other) => byPlace(placeAt(column, one), placeAt(column, other)));
}

function placeAt({ times, seqs }: Column, at: number): Place {
  return { time: times[at] ?? 0, seq: seqs[at] ?? 0 };
}

/** The first of `length` ranks that is behind, where all after it are as well; `length` when none is. */
function firstRank(length: number, isBehind: (rank: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
