/** The rows a query asks for, told from the last one back to the first. */
import type { HistoryStore, Row, SeriesQuery } from '../kit/history/history-store.ts';

/** Where a stretch of rows ends: the instant of its last row, and how many of its rows have that instant. */
interface End {
  readonly time: number;
  readonly rows: number;
}

/**
 * Nothing is kept however many rows there are: with a limit they are read once to find the last of them, then from there.
 * Each page of the first reading is handed on as an empty one.
 */
export async function* reversed(
  historyStore: Pick<HistoryStore, 'pages'>,
  { limit, ...query }: SeriesQuery,
): AsyncGenerator<readonly Row[]> {
  const isNewestFirst = query.order === 'newest-first';
  const order = isNewestFirst ? 'oldest-first' : 'newest-first';
  if (limit === undefined) return yield* historyStore.pages({ ...query, order });

  let end: End | undefined;
  let wanted = 0;
  for await (const rows of historyStore.pages({ ...query, limit })) {
    end = endOf(rows, end);
    wanted += rows.length;
    yield [];
  }
  if (!end) return;
  // Of that instant there may be more rows, which come first on the way back.
  let beyond = -end.rows;
  for await (const rows of historyStore.pages({ ...query, from: end.time, to: end.time })) {
    beyond += rows.length;
    yield [];
  }
  const back = { ...query, ...(isNewestFirst ? { from: end.time } : { to: end.time }), order } as const;
  for await (const rows of historyStore.pages({ ...back, limit: beyond + wanted })) {
    yield rows.slice(beyond);
    beyond = Math.max(0, beyond - rows.length);
  }
}

function endOf(rows: readonly Row[], before: End | undefined): End | undefined {
  const time = rows.at(-1)?.time;
  if (time === undefined) return before;
  const own = rows.filter((row) => row.time === time).length;
  return { time, rows: own + (before?.time === time ? before.rows : 0) };
}
