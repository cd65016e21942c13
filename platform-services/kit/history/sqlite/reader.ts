/** Reads rows of one series, those in the file and those still in memory, as one. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { numberOf } from '../../sqlite/values.ts';
import { byPlace, type Column, lettersOf, rowsOf, sortColumn } from './head.ts';
import type { Heads } from './heads.ts';
import { longTexts } from './long-texts.ts';
import { type PageRequest, pageRows, type StoredPage, type StoredRow, type StoredValue } from './operations.ts';
import type { SeriesCatalogue } from './series-catalogue.ts';
import { stretchOf } from './stretch.ts';

export interface ReaderNeeds {
  readonly database: DatabaseSync;
  readonly heads: Heads;
  readonly series: SeriesCatalogue;
}

/** JSON text of the value that is left out (contract data-realtime-history §3.4). */
export const blank = '" "';

/** Characters after which a page ends; it has one row at least, however long. */
const pageLetters = 512 * 1024;

/** Rows of one page, in the order asked for. */
export function pageReader({ database, heads, series }: ReaderNeeds): (request: PageRequest) => StoredPage {
  const texts = longTexts(database);
  const select = (range: string, order: string) =>
    database.prepare(`SELECT time, seq, value, metadata FROM points
      WHERE series = ? AND ${range} AND value <> '${blank}' ORDER BY ${order} LIMIT ?`);
  const downwards = select('(time, seq) < (?, ?) AND time >= ?', 'time DESC, seq DESC');
  const upwards = select('(time, seq) > (?, ?) AND time <= ?', 'time, seq');

  return ({ series: name, from, to, newestFirst, limit, after }) => {
    const id = series.find(name);
    if (id === undefined) return { rows: [], more: false };
    const outside = newestFirst ? { time: to, seq: Number.MAX_SAFE_INTEGER } : { time: from, seq: -1 };
    const start = after ?? outside;
    const direction = newestFirst ? -1 : 1;
    const stored = cut(
      newestFirst
        ? downwards.iterate(id, start.time, start.seq, from, limit)
        : upwards.iterate(id, start.time, start.seq, to, limit),
      (row) => texts.whole(storedRow(row)),
      limit,
    );
    const stretch = { start, end: newestFirst ? from : to, direction, limit, without: blank } as const;
    const young = columnsOf(heads, id).flatMap(({ column, from: first }) => stretchOf(column, first, stretch));
    if (young.length === 0) return stored;
    // Of the file all rows are known up to where its page ends, and there the letters or the rows of this one end as well.
    const rows = [...stored.rows, ...young].sort((one, other) => byPlace(one, other) * direction);
    return cut(rows, (row) => row, limit);
  };
}

/** Pages of several series up to where they are as long as one, or as many as one has rows. */
export function pagesReader(
  page: (request: PageRequest) => StoredPage,
): (requests: readonly PageRequest[]) => StoredPage[] {
  return (requests) => {
    const pages: StoredPage[] = [];
    let letters = 0;
    let rows = 0;
    for (const request of requests) {
      const next = page(request);
      pages.push(next);
      letters += next.rows.reduce((sum, row) => sum + lettersOf(row), 0);
      rows += Math.max(1, next.rows.length);
      if (letters >= pageLetters || rows >= pageRows) break;
    }
    return pages;
  };
}

/** Rows up to the end of a page. */
function cut<T>(from: Iterable<T>, read: (item: T) => StoredRow, limit: number): StoredPage {
  const rows: StoredRow[] = [];
  let letters = 0;
  for (const item of from) {
    const row = read(item);
    rows.push(row);
    letters += lettersOf(row);
    if (rows.length >= limit || letters >= pageLetters) return { rows, more: true };
  }
  return { rows, more: false };
}

/** Rows of a series that are only in memory, in no order. */
export function memoryRows(heads: Heads, id: number, wanted: (time: number) => boolean): StoredRow[] {
  return columnsOf(heads, id).flatMap(({ column, from }) => rowsOf(column, from, wanted));
}

/** What is only in memory of a series, in order of time: so it stays until the next point that comes late. */
function columnsOf({ active, writing }: Heads, id: number): { readonly column: Column; readonly from: number }[] {
  const rest = writing?.rest(id);
  const older = rest && writing && sortColumn(writing.head, id);
  const younger = sortColumn(active, id);
  return [...(older ? [{ column: older, from: rest.from }] : []), ...(younger ? [{ column: younger, from: 0 }] : [])];
}

function storedValueOf(value: SQLOutputValue | undefined): StoredValue {
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new TypeError(`a stored value was expected, not ${typeof value}`);
}

/** As it stands in the table; without metadata when that was not selected. */
export function storedRow(row: Record<string, SQLOutputValue>): StoredRow {
  const metadata = typeof row.metadata === 'string' ? row.metadata : null;
  return { time: numberOf(row.time), seq: numberOf(row.seq), value: storedValueOf(row.value), metadata };
}
