/** Rows as comma separated values (contract data-realtime-history §3.4), piece by piece. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pages } from './reader.ts';

/** Columns of their own, and characters of their names: what devices say decides how many there would be. */
const mostColumns = 2000;
const mostLetters = 256 * 1024;
/** The last column, where the others are not enough: an object of what a row has beyond them. */
const othersColumn = 'others';
/** Characters of the path to a value that is flattened; what is below a longer one is one cell. */
const longestPath = 256;
/** Cells after which other requests and devices have their turn. */
const cellsPerTurn = 20_000;

type Cells = readonly (readonly [path: string, value: unknown])[];

/**
 * One header row with the columns in order of first appearance; nested values flattened; nothing without rows. Everything is
 * read twice, because the last row may add a column to the first line; the first time there are empty texts only.
 */
export async function* toCsv(lists: readonly Pages<object>[]): AsyncGenerator<string> {
  const columns = columnNames();
  const isTurnOver = turns();
  for (const pages of lists) {
    for await (const rows of pages()) {
      for (const row of rows) {
        const cells = flatten(row);
        columns.add(cells);
        if (isTurnOver(cells.length)) await nextTurn();
      }
      yield '';
    }
  }
  const names = columns.names();
  if (names.length === 0) return;
  yield lineOf(names);
  for (const pages of lists) {
    for await (const rows of pages()) {
      let text = '';
      for (const row of rows) {
        text += lineOf(columns.valuesOf(flatten(row)));
        if (!isTurnOver(names.length)) continue;
        yield text;
        text = '';
        await nextTurn();
      }
      yield text;
    }
  }
}

function columnNames() {
  const columns = new Set<string>();
  let letters = 0;
  let hasOthers = false;
  return {
    add(cells: Cells): void {
      for (const [path] of cells) {
        if (columns.has(path)) continue;
        letters += path.length;
        if (columns.size < mostColumns && letters <= mostLetters) columns.add(path);
        else hasOthers = true;
      }
    },
    names: (): string[] => (hasOthers ? [...columns, othersColumn] : [...columns]),
    /** In the order of the names. */
    valuesOf(cells: Cells): unknown[] {
      const byPath = new Map(cells);
      const values = Array.from(columns, (column) => byPath.get(column));
      if (!hasOthers) return values;
      const others = cells.filter(([path]) => !columns.has(path));
      return [...values, others.length > 0 ? JSON.stringify(Object.fromEntries(others)) : undefined];
    },
  };
}

/** Counts cells: true once for every so many. */
function turns(): (cells: number) => boolean {
  let sum = 0;
  return (cells) => {
    sum += cells;
    if (sum < cellsPerTurn) return false;
    sum = 0;
    return true;
  };
}

/** Paths and values: `['metadata.protocol', 'mqtt']`; empty objects and lists vanish. */
function flatten(value: object): Cells {
  const cells: [string, unknown][] = [];
  function add(outer: object, prefix: string): void {
    for (const [key, inner] of Object.entries(outer)) {
      const path = prefix + key;
      if (typeof inner !== 'object' || inner === null) cells.push([path, inner]);
      else if (path.length <= longestPath) add(inner, `${path}.`);
      else cells.push([path, JSON.stringify(inner)]);
    }
  }
  add(value, '');
  return cells;
}

function lineOf(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\n`;
}

/** Everything but numbers is quoted. */
function cell(value: unknown): string {
  return typeof value === 'number' ? String(value) : `"${String(value ?? '').replaceAll('"', '""')}"`;
}
