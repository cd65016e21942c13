/** Reads the log. Runs in the worker, which also appends: every call looks at a bounded number of rows. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { numberOf, numbersOf, textOf } from '../../sqlite/values.ts';
import type { Columns, GroupChanges, Oldest, Reply, RowRange, TopicRecord } from './protocol.ts';

/** Rows passed over in one call; some 10 ms. */
const scanLimit = 50_000;
/** Text handed over in one page, in characters. */
const pageLimit = 4 * 1024 * 1024;
/** The clock may have been set back by this much (ms) without `seek` missing a message. */
const clockSlack = 60_000;

type Answer<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export interface LogReader {
  catalogue(): { readonly logId: string; readonly topics: TopicRecord[]; readonly groups: GroupChanges };
  /** Rows of the range no older than `since`, at most `limit`. */
  page(range: RowRange, limit: number, since: number): Answer<'page'>;
  count(range: RowRange): Answer<'counted'>;
  /** An offset before which every row is older than `since`. */
  seek(topicId: number, since: number): number;
  /** The first row at or after `from`. */
  oldest(topicId: number, from: number): Oldest | undefined;
}

interface Statements {
  readonly rows: StatementSync;
  readonly count: StatementSync;
  readonly first: StatementSync;
  readonly last: StatementSync;
}

export function logReader(database: DatabaseSync): LogReader {
  const prepared = new Map<number, Statements>();
  const of = (topicId: number): Statements => {
    const statements = prepared.get(topicId) ?? prepare(database, topicId);
    prepared.set(topicId, statements);
    return statements;
  };
  const oldest = (topicId: number, from: number): Oldest | undefined => {
    const row = of(topicId).first.get(from);
    return row && { offset: numberOf(row.offset), timestamp: numberOf(row.timestamp) };
  };
  /** Skips the gap that retention left and cuts the range to what one call may look at. */
  const window = ({ topicId, from, to }: RowRange) => {
    const start = Math.min(oldest(topicId, from)?.offset ?? to, to);
    return { start, end: Math.min(to, start + scanLimit) };
  };

  return {
    catalogue: () => readCatalogue(database),
    oldest,
    page(range, limit, since) {
      const { start, end } = window(range);
      const rows: Columns = { offsets: [], partitions: [], timestamps: [], keys: [], values: [], headers: [] };
      const partition = range.partition ?? -1;
      let size = 0;
      for (const row of of(range.topicId).rows.iterate(start, end, since, partition, partition, limit)) {
        const value = textOf(row.value);
        rows.offsets.push(numberOf(row.offset));
        rows.partitions.push(numberOf(row.partition));
        rows.timestamps.push(numberOf(row.timestamp));
        rows.keys.push(textOf(row.key));
        rows.values.push(value);
        rows.headers.push(row.headers === null ? null : textOf(row.headers));
        size += value.length;
        if (size >= pageLimit) break;
      }
      const cut = rows.offsets.length === limit || size >= pageLimit;
      return { kind: 'page', rows, next: cut ? (rows.offsets.at(-1) ?? start) + 1 : end };
    },
    count(range) {
      const { start, end } = window(range);
      const row = of(range.topicId).count.get(start, end, range.partition ?? 0);
      return { kind: 'counted', messages: numberOf(row?.messages), next: end };
    },
    seek(topicId, since) {
      let low = oldest(topicId, 0)?.offset ?? 0;
      let high = numberOf(of(topicId).last.get()?.next);
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const row = oldest(topicId, middle);
        if (row && row.timestamp < since - clockSlack) low = row.offset + 1;
        else high = middle;
      }
      return low;
    },
  };
}

function prepare(database: DatabaseSync, topicId: number): Statements {
  const table = `log_${topicId}`;
  return {
    rows: database.prepare(
      `SELECT * FROM ${table} WHERE offset >= ? AND offset < ? AND timestamp >= ? AND (? < 0 OR partition = ?)
       ORDER BY offset LIMIT ?`,
    ),
    count: database.prepare(
      `SELECT count(*) AS messages FROM ${table} WHERE offset >= ? AND offset < ? AND partition = ?`,
    ),
    first: database.prepare(`SELECT offset, timestamp FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT 1`),
    last: database.prepare(`SELECT coalesce(max(offset) + 1, 0) AS next FROM ${table}`),
  };
}

function readCatalogue(database: DatabaseSync) {
  const topics = database.prepare('SELECT * FROM topics ORDER BY id').all();
  const offsets = database.prepare('SELECT * FROM group_offsets').all();
  const seen = database.prepare('SELECT * FROM groups').all();
  return {
    logId: textOf(database.prepare('SELECT log FROM identity').get()?.log),
    topics: topics.map((row) => ({
      id: numberOf(row.id),
      name: textOf(row.name),
      partitions: numberOf(row.partitions),
      next: numberOf(row.next),
      ends: numbersOf(row.ends),
    })),
    groups: {
      offsets: offsets.map((row) => ({
        group: textOf(row.group_name),
        topic: textOf(row.topic),
        offsets: numbersOf(row.offsets),
      })),
      seen: seen.map((row) => ({ group: textOf(row.name), seen: numberOf(row.seen) })),
    },
  };
}
