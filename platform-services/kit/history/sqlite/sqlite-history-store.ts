/**
 * The history on one SQLite file, owned by a worker thread. Points gather in memory (the head) and are written together with
 * the positions behind them: what a crash takes, the bus is asked for again.
 */
import type { Position } from '../../bus/bus.ts';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { fromWire } from '../../sqlite/failures.ts';
import { type ThreadCalls, threadCalls } from '../../sqlite/thread-calls.ts';
import { startWorker } from '../../worker.ts';
import type { AggregateQuery, Bucket, FirstPage, HistoryStore, Row, SeriesQuery } from '../history-store.ts';
import { appends } from './appends.ts';
import {
  type HeadLimits,
  type HistoryEvent,
  type HistoryOperations,
  type PageRequest,
  type Place,
  pageRows,
  type StoredRow,
} from './operations.ts';
import { decode, refuseBadTimes } from './pack.ts';

export interface SqliteHistoryNeeds {
  /** Path; created when absent. One process at a time may have it open. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /**
   * When points are written to the file: default 250,000 points (more, up to four times, when they belong to very many
   * series) or 60 s. It bounds what a crash makes the bus repeat.
   */
  readonly head?: Partial<HeadLimits>;
  /** ms for which a stop goes on writing, default 1000: what it does not manage comes from the bus again. */
  readonly flushOnStopMs?: number;
}

/** The ends of time in ECMAScript (§21.4.1.1), epoch ms. */
const endOfTime = 8.64e15;

/** Throws `CORRUPT_FILE`, `FILE_IN_USE`, `FILE_TOO_NEW` or `FOLDER_UNUSABLE`, each naming the file or folder. */
export async function createSqliteHistoryStore(needs: SqliteHistoryNeeds): Promise<HistoryStore> {
  const { file, clock, log, metrics, head, flushOnStopMs = 1000 } = needs;
  const limits: HeadLimits = { maxPoints: 250_000, maxAgeMs: 60_000, ...head };
  const listeners: ((positions: readonly Position[]) => void)[] = [];
  const worker = startWorker(import.meta.url, './history-worker', { workerData: { file, limits } });
  const thread = await threadCalls<HistoryOperations, HistoryEvent>(worker, log, tell);
  const repeated = metrics?.counter('dojot_history_repeats_total', 'Messages dropped because they repeat another');
  const points = appends(async (pack, positions) => {
    const repeats = await thread.call('append', pack, positions, clock.now());
    repeated?.add(repeats);
  });
  let stopping: Promise<void> | undefined;

  function tell(event: HistoryEvent): void {
    if ('durable' in event) for (const listener of listeners) listener(event.durable);
    else if ('full' in event) points.setFull(event.full);
    else {
      log.warn('The history could not be written and keeps trying.', { error: fromWire(event.failed) });
      // Whoever waits for room learns of it from the worker.
      points.setFull(false);
    }
  }

  async function flush(): Promise<void> {
    await points.settled();
    await thread.call('flush');
  }

  async function stop(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, flushOnStopMs);
    const isWritten = await Promise.race([flush().then(() => true, tellUnwritten), late]);
    clearTimeout(timer);
    if (isWritten === undefined) log.info('More values are in memory than a stop can write; the bus has the others.');
    const stopped = thread.stop();
    // Those who wait are refused by the thread, which takes no more.
    points.setFull(false);
    await stopped;
  }

  function tellUnwritten(error: unknown): boolean {
    log.warn('The newest values are not in the history file; the bus will hand them over again.', { error });
    return false;
  }

  return {
    async follow(logId) {
      await flush();
      return thread.call('follow', logId);
    },
    async append(entries, position) {
      refuseBadTimes(entries);
      await points.add(entries, position);
    },
    positions: () => thread.call('positions'),
    onDurable: (listener) => void listeners.push(listener),
    query: (query) => allRows(thread, query),
    pages: (query) => pages(thread, query),
    firstPages: (queries) => firstPages(thread, queries),
    aggregate: (query) => aggregate(thread, query),
    hasRows: (tenant, deviceId) => thread.call('hasRows', tenant, deviceId),
    async expire(before, signal) {
      await flush();
      let removed = 0;
      for (let series: number | null = 0; series !== null && !signal?.aborted; ) {
        const slice: { removed: number; next: number | null } = await thread.call('expire', before, series);
        removed += slice.removed;
        series = slice.next;
      }
      return removed;
    },
    flush,
    ping: () => thread.call('ping'),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function allRows(thread: ThreadCalls<HistoryOperations>, query: SeriesQuery): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages(thread, query)) for (const row of page) rows.push(row);
  return rows;
}

async function* pages(thread: ThreadCalls<HistoryOperations>, query: SeriesQuery): AsyncGenerator<readonly Row[]> {
  let after: Place | undefined;
  for (let left = query.limit ?? Infinity; left > 0; ) {
    const { rows, more } = await thread.call('page', { ...requestOf(query, left), ...(after && { after }) });
    if (rows.length > 0) yield rows.map((stored) => rowOf(query.attribute, stored));
    const last = rows.at(-1);
    if (!last || !more) return;
    after = { time: last.time, seq: last.seq };
    left -= rows.length;
  }
}

async function firstPages(
  thread: ThreadCalls<HistoryOperations>,
  queries: readonly SeriesQuery[],
): Promise<readonly FirstPage[]> {
  const stored = await thread.call(
    'pages',
    queries.map((query) => requestOf(query, query.limit ?? Infinity)),
  );
  return stored.flatMap(({ rows, more }, at) => {
    const query = queries[at];
    if (!query) return [];
    return [{ rows: rows.map((row) => rowOf(query.attribute, row)), isWhole: !more || rows.length === query.limit }];
  });
}

/** For the first of `left` rows. */
function requestOf(query: SeriesQuery, left: number): PageRequest {
  const { tenant, deviceId, attribute, from = -endOfTime, to = endOfTime, order } = query;
  const limit = Math.min(pageRows, left);
  return { series: { tenant, deviceId, attribute }, from, to, newestFirst: order === 'newest-first', limit };
}

function rowOf(attribute: string, { time, value, metadata }: StoredRow): Row {
  const row: Row = { attribute, time, value: decode(value) };
  return metadata === null ? row : { ...row, metadata: JSON.parse(metadata) };
}

async function aggregate(thread: ThreadCalls<HistoryOperations>, query: AggregateQuery): Promise<Bucket[]> {
  const { tenant, deviceId, attribute, from, to, bucketWidth: width } = query;
  const buckets: Bucket[] = [];
  for (let start: number | null = from; start !== null && start < to; ) {
    const request = { series: { tenant, deviceId, attribute }, from: start, to, width };
    const slice: Awaited<ReturnType<typeof callBuckets>> = await callBuckets(thread, request);
    for (const bucket of slice.buckets) buckets.push({ ...bucket, last: decode(bucket.last) });
    start = slice.next;
  }
  return buckets;
}

function callBuckets(thread: ThreadCalls<HistoryOperations>, request: Parameters<HistoryOperations['buckets']>[0]) {
  return thread.call('buckets', request);
}
