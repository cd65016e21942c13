/**
 * The history port: time series of (tenant, device, attribute). It is apart from the store because its physical layout
 * decides its speed. Adapters: `sqlite/` (embedded). Every adapter passes `test/conformance.ts`.
 */
import type { Position } from '../bus/bus.ts';
import type { Json } from '../store/store.ts';

export interface Point {
  readonly tenant: string;
  readonly deviceId: string;
  readonly attribute: string;
  /** Epoch ms. */
  readonly time: number;
  readonly value: Json;
  /** Extra metadata of the message; undefined when there is none. */
  readonly metadata?: { readonly [key: string]: Json | undefined };
}

/** The points of one bus message. */
export interface Entry {
  readonly points: readonly Point[];
  /** The message's `dojot-origin` header: a second entry with the same one is dropped. */
  readonly origin?: string;
}

export interface Row {
  readonly attribute: string;
  readonly time: number;
  readonly value: Json;
  readonly metadata?: { readonly [key: string]: Json | undefined };
}

export interface SeriesQuery {
  readonly tenant: string;
  readonly deviceId: string;
  readonly attribute: string;
  /** Epoch ms, inclusive. */
  readonly from?: number;
  /** Epoch ms, inclusive. */
  readonly to?: number;
  readonly order: 'newest-first' | 'oldest-first';
  /** Most rows; absent = all. */
  readonly limit?: number;
}

/** The first rows of a query. */
export interface FirstPage {
  readonly rows: readonly Row[];
  /** Whether these are all of them. */
  readonly isWhole: boolean;
}

export interface AggregateQuery {
  readonly tenant: string;
  readonly deviceId: string;
  readonly attribute: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** ms. */
  readonly bucketWidth: number;
}

/** Of the numbers in one bucket; `count` counts every value, `last` is the newest of any type. Empty buckets are left out. */
export interface Bucket {
  readonly start: number;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sum: number | null;
  readonly last: Json;
}

export interface HistoryStore {
  /**
   * Before the first append: positions and origins are those of this log (`Bus.logId`). What is remembered of another one is
   * forgotten, and then it resolves to true; the points stay.
   */
  follow(logId: string): Promise<boolean>;
  /**
   * Takes the entries of consecutive messages of one partition and the position behind them. Readable at once; durable
   * later, together with the position, in one transaction: what a crash takes is what `positions` then asks for again.
   * Resolves when there is room: a tenant whose values come faster than they can be written waits, the others do not.
   */
  append(entries: readonly Entry[], position: Position): Promise<void>;
  /** Durable positions of every partition ever appended. */
  positions(): Promise<readonly Position[]>;
  /** Called with positions after they became durable. */
  onDurable(listener: (positions: readonly Position[]) => void): void;
  /** Rows of one series; values that are exactly one blank are left out (contract §3.4). Ties keep arrival order. */
  query(query: SeriesQuery): Promise<Row[]>;
  /**
   * The same rows for answers of any length: in pages that take some ms, none of them empty. A page is read when it is asked
   * for, so whoever stops asking stops the reading.
   */
  pages(query: SeriesQuery): AsyncIterable<readonly Row[]>;
  /**
   * The first page of each query, in their order, as long as all of them together are no longer than one page: those of the
   * last queries may be absent. For many short answers, which would take long one by one.
   */
  firstPages(queries: readonly SeriesQuery[]): Promise<readonly FirstPage[]>;
  aggregate(query: AggregateQuery): Promise<Bucket[]>;
  /** Whether anything is stored of a device. */
  hasRows(tenant: string, deviceId: string): Promise<boolean>;
  /**
   * Removes everything older than `before` (epoch ms, of the data's own time), or some of it when it is to end early;
   * resolves to the number of rows.
   */
  expire(before: number, signal?: AbortSignal): Promise<number>;
  /** Makes all that was appended durable now. */
  flush(): Promise<void>;
  /** Rejects when the history cannot write. */
  ping(): Promise<void>;
  /** Makes durable what about a second is enough for; the rest is asked for again, as after a crash. */
  stop(): Promise<void>;
}
