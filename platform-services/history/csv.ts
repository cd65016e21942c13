/** Rows as comma separated values (contract data-realtime-history §3.4), piece by piece. */
import type { Pages } from './reader.ts';

/**
 * One header row with the columns in order of first appearance; nested values flattened; nothing without rows. Everything is
 * read twice, because the last row may add a column to the first line; the first time there is an empty text for each page.
 */
export async function* toCsv(lists: readonly Pages<object>[]): AsyncGenerator<string> {
  const columns = new Set<string>();
  for (const pages of lists) {
    for await (const rows of pages()) {
      for (const row of rows) for (const [name] of flatten(row)) columns.add(name);
      yield '';
    }
  }
  if (columns.size === 0) return;
  yield lineOf([...columns]);
  for (const pages of lists) {
    for await (const rows of pages()) yield rows.map((row) => lineOf(cellsOf(row, columns))).join('');
  }
}

function cellsOf(row: object, columns: ReadonlySet<string>): unknown[] {
  const cells = new Map(flatten(row));
  return [...columns].map((column) => cells.get(column));
}

/** Paths and values: `['metadata.protocol', 'mqtt']`; empty objects and lists vanish. */
function flatten(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null ? flatten(inner, `${prefix}${key}.`) : [[`${prefix}${key}`, inner]],
  );
}

function lineOf(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\n`;
}

/** Everything but numbers is quoted. */
function cell(value: unknown): string {
  return typeof value === 'number' ? String(value) : `"${String(value ?? '').replaceAll('"', '""')}"`;
}
