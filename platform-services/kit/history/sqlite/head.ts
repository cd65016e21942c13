/** Points in memory: what has been appended and is not in the file yet. */
import type { Position } from '../../bus/bus.ts';
import type { Place, StoredRow, StoredValue } from './operations.ts';
import type { SeenOrigin } from './origins.ts';

/**
 * The points of one series, in order of arrival until `sortColumn` puts those so far in order of time. There may be a million of them with
 * one point each, so they hold no more than they need.
 */
export interface Column {
  readonly times: number[];
  readonly seqs: number[];
  readonly values: StoredValue[];
  /** JSON texts by index; most points have none. */
  metadata: Map<number, string> | undefined;
  /** Whether the points have come in order of time, as they mostly do. */
  inOrder: boolean;
}

export interface Head {
  /** By series number. */
  readonly columns: Map<number, Column>;
  /** By topic and partition, as `setPosition` joins them. */
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
  const column = head.columns.get(series);
  if (metadata !== undefined) head.letters += metadata.length;
  if (typeof value === 'string') head.letters += value.length;
  if (column) push(column, place, value, metadata);
  else head.columns.set(series, columnOf(place, value, metadata));
  head.points += 1;
}

function columnOf({ time, seq }: Place, value: StoredValue, metadata: string | undefined): Column {
  const texts = metadata === undefined ? undefined : new Map([[0, metadata]]);
  return { times: [time], seqs: [seq], values: [value], metadata: texts, inOrder: true };
}

function push(column: Column, { time, seq }: Place, value: StoredValue, metadata: string | undefined): void {
  if (metadata !== undefined) {
    column.metadata ??= new Map();
    column.metadata.set(column.times.length, metadata);
  }
  column.inOrder &&= time >= (column.times.at(-1) ?? time);
  column.times.push(time);
  column.seqs.push(seq);
  column.values.push(value);
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
  return { time, seq, value, metadata: metadata?.get(at) ?? null };
}

/** Characters of the texts in a row. */
export function lettersOf({ value, metadata }: StoredRow): number {
  return (typeof value === 'string' ? value.length : 0) + (metadata?.length ?? 0);
}

/** The column of a series, from now on in order of time, which is the order of the table. */
export function sortColumn(head: Head, series: number): Column | undefined {
  const column = head.columns.get(series);
  if (!column || column.inOrder) return column;
  const ordered = sorted(column);
  head.columns.set(series, ordered);
  return ordered;
}

export function byPlace(one: Place, other: Place): number {
  return one.time - other.time || one.seq - other.seq;
}

/** By sorting indices: quick where only the last of very many points came late. */
function sorted({ times, seqs, values, metadata }: Column): Column {
  const distance = (list: readonly number[], one: number, other: number) => (list[one] ?? 0) - (list[other] ?? 0);
  const order = [...times.keys()].sort((one, other) => distance(times, one, other) || distance(seqs, one, other));
  const texts = new Map<number, string>();
  order.forEach((from, to) => {
    const text = metadata?.get(from);
    if (text !== undefined) texts.set(to, text);
  });
  return {
    times: order.map((at) => times[at] ?? 0),
    seqs: order.map((at) => seqs[at] ?? 0),
    values: order.map((at) => values[at] ?? 0),
    metadata: texts.size > 0 ? texts : undefined,
    inOrder: true,
  };
}
