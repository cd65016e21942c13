/** Points in memory: what has been appended and is not in the file yet. */
import type { Position } from '../../bus/bus.ts';
import type { Place, StoredRow, StoredValue } from './operations.ts';
import type { SeenOrigin } from './origins.ts';

/** The points of one series, in order of arrival until `sortHead`, then in order of time. */
export interface Column {
  readonly times: number[];
  readonly seqs: number[];
  readonly values: StoredValue[];
  /** JSON texts by index; most points have none. */
  readonly metadata: Map<number, string>;
  /** Whether the points have come in order of time, as they mostly do. */
  inOrder: boolean;
}

export interface Head {
  /** By series number. */
  readonly columns: Map<number, Column>;
  /** By partition; see `positionKey`. */
  readonly positions: Map<string, Position>;
  /** Origins of these points, by their text. */
  readonly origins: Map<string, SeenOrigin>;
  points: number;
  /** Characters of texts among the values and metadata, and of names of series. */
  letters: number;
}

export function emptyHead(): Head {
  return { columns: new Map(), positions: new Map(), origins: new Map(), points: 0, letters: 0 };
}

export function addPoint(
  head: Head,
  series: number,
  place: Place,
  value: StoredValue,
  metadata: string | undefined,
): void {
  let column = head.columns.get(series);
  if (!column) {
    column = { times: [], seqs: [], values: [], metadata: new Map(), inOrder: true };
    head.columns.set(series, column);
  }
  if (metadata !== undefined) {
    column.metadata.set(column.times.length, metadata);
    head.letters += metadata.length;
  }
  if (typeof value === 'string') head.letters += value.length;
  column.inOrder &&= place.time >= (column.times.at(-1) ?? place.time);
  column.times.push(place.time);
  column.seqs.push(place.seq);
  column.values.push(value);
  head.points += 1;
}

export function setPosition(head: Head, position: Position): void {
  head.positions.set(`${position.topic}/${position.partition}`, position);
}

/** The rows of a column from index `from` on whose time `wanted` accepts. */
export function rowsOf(column: Column, from: number, wanted: (time: number) => boolean): StoredRow[] {
  const rows: StoredRow[] = [];
  for (let at = from; at < column.times.length; at += 1) {
    const row = rowAt(column, at);
    if (row && wanted(row.time)) rows.push(row);
  }
  return rows;
}

export function rowAt({ times, seqs, values, metadata }: Column, at: number): StoredRow | undefined {
  const [time, seq, value] = [times[at], seqs[at], values[at]];
  if (time === undefined || seq === undefined || value === undefined) return undefined;
  return { time, seq, value, metadata: metadata.get(at) ?? null };
}

/** Series in order of number, each column in order of time: the order of the table. */
export function sortHead(head: Head): { readonly series: number; readonly column: Column }[] {
  return [...head.columns]
    .map(([series, column]) => ({ series, column: column.inOrder ? column : sorted(column) }))
    .sort((one, other) => one.series - other.series);
}

export function byPlace(one: Place, other: Place): number {
  return one.time - other.time || one.seq - other.seq;
}

function sorted(column: Column): Column {
  const rows = rowsOf(column, 0, () => true).sort(byPlace);
  const metadata = new Map<number, string>();
  rows.forEach((row, at) => {
    if (row.metadata !== null) metadata.set(at, row.metadata);
  });
  return {
    times: rows.map(({ time }) => time),
    seqs: rows.map(({ seq }) => seq),
    values: rows.map(({ value }) => value),
    metadata,
    inOrder: true,
  };
}
