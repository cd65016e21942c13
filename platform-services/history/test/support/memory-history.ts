/** A history store in memory that forgets, when it crashes, what was not flushed: the port's promise and no more. */
import type { Position } from '../../../kit/bus/bus.ts';
import type { Entry, HistoryStore, Point, Row, SeriesQuery } from '../../../kit/history/history-store.ts';

export interface MemoryHistory extends HistoryStore {
  /** All points, in the order they were appended. */
  points(): Point[];
  /** Loses what was not flushed, and the listeners: the process has ended. */
  crash(): void;
  /** The next append rejects. */
  failOnce(): void;
  /** Pages being read, the most at one time, and all that were asked for. */
  readonly asked: { now: number; most: number; all: number };
}

const pageRows = 100;
const pageLetters = 100_000;

export function memoryHistory(): MemoryHistory {
  const keyOf = ({ topic, partition }: Position) => `${topic}/${partition}`;
  let entries: Entry[] = [];
  let durableEntries = 0;
  let positions = new Map<string, Position>();
  let durablePositions: Position[] = [];
  let listeners: ((positions: readonly Position[]) => void)[] = [];
  let failing = false;
  let followed: string | undefined;
  const asked = { now: 0, most: 0, all: 0 };
  const points = () => entries.flatMap((entry) => entry.points);
  function rowsOf({ tenant, deviceId, attribute, from = -Infinity, to = Infinity, order, limit }: SeriesQuery): Row[] {
    const rows = points()
      .filter((point) => point.tenant === tenant && point.deviceId === deviceId && point.attribute === attribute)
      .filter(({ time, value }) => time >= from && time <= to && value !== ' ')
      .sort((one, other) => one.time - other.time);
    return (order === 'oldest-first' ? rows : rows.toReversed()).slice(0, limit);
  }
  return {
    points,
    crash() {
      entries = entries.slice(0, durableEntries);
      positions = new Map(durablePositions.map((position) => [keyOf(position), position]));
      listeners = [];
    },
    failOnce() {
      failing = true;
    },
    async follow(logId) {
      const isOther = followed !== undefined && followed !== logId;
      followed = logId;
      if (isOther) durablePositions = [];
      return isOther;
    },
    async append(added, position) {
      if (failing) {
        failing = false;
        throw new Error('the disk is full');
      }
      const origins = new Set(entries.map(({ origin }) => origin));
      entries.push(...added.filter(({ origin }) => origin === undefined || !origins.has(origin)));
      positions.set(keyOf(position), position);
    },
    positions: async () => durablePositions,
    onDurable: (listener) => void listeners.push(listener),
    asked,
    query: async (query) => rowsOf(query),
    async firstPages(queries) {
      let letters = 0;
      const pages = queries.map((query) => {
        const [rows = []] = cut(rowsOf(query));
        const fits = letters < pageLetters;
        letters += JSON.stringify(rows).length;
        return fits ? { rows, isWhole: rows.length === rowsOf(query).length } : undefined;
      });
      return pages.filter((page) => page !== undefined);
    },
    async *pages(query) {
      for (const rows of cut(rowsOf(query))) {
        asked.all += 1;
        asked.now += 1;
        asked.most = Math.max(asked.most, asked.now);
        await new Promise((resolve) => setImmediate(resolve));
        asked.now -= 1;
        yield rows;
      }
    },
    aggregate: async () => [],
    hasRows: async (tenant, deviceId) =>
      points().some((point) => point.tenant === tenant && point.deviceId === deviceId),
    async expire(before) {
      const all = points().length;
      entries = entries.map((entry) => ({ ...entry, points: entry.points.filter(({ time }) => time >= before) }));
      return all - points().length;
    },
    async flush() {
      durableEntries = entries.length;
      durablePositions = [...positions.values()];
      for (const listener of listeners) listener(durablePositions);
    },
    ping: async () => undefined,
    stop: async () => undefined,
  };
}

/** Into pages of so many rows, or of fewer that are long. */
function cut(rows: readonly Row[]): Row[][] {
  const pages: Row[][] = [];
  let room = 0;
  for (const row of rows) {
    if (room <= 0 || (pages.at(-1)?.length ?? pageRows) === pageRows) {
      pages.push([]);
      room = pageLetters;
    }
    pages.at(-1)?.push(row);
    room -= JSON.stringify(row.value).length;
  }
  return pages;
}
