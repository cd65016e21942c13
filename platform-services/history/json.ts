/** Rows as JSON (contract data-realtime-history §3.4), piece by piece; a piece is empty when a page was. */
import type { HistoryReading, Pages } from './reader.ts';

/** A list of rows, or an object of lists by label. */
export async function* toJson({ single, series }: HistoryReading): AsyncGenerator<string> {
  if (single) {
    for (const pages of series.values()) yield* listOf(pages);
    return;
  }
  let before = '{';
  for (const [label, pages] of series) {
    yield `${before}${JSON.stringify(label)}:`;
    yield* listOf(pages);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

/** A list of objects. */
export async function* listOf(pages: Pages<object>): AsyncGenerator<string> {
  let before = '[';
  for await (const rows of pages()) {
    if (rows.length === 0) {
      yield '';
      continue;
    }
    yield `${before}${JSON.stringify(rows).slice(1, -1)}`;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
