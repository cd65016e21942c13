/** What the main thread and the thread that owns the history file say to each other. */
import type { Position } from '../../bus/bus.ts';
import type { WireError } from '../../sqlite/failures.ts';
import type { Bucket } from '../history-store.ts';

/** A value as it is stored: numbers as they are, everything else as JSON text. */
export type StoredValue = number | string;

/** Rows fetched at a time, so that a long query keeps others waiting for a few ms only, in both threads. */
export const pageRows = 1000;

/** A series by its name. */
export interface SeriesName {
  readonly tenant: string;
  readonly deviceId: string;
  readonly attribute: string;
}

/**
 * Points in columns, which are cheap to send. A series is named once, then known by its handle: its
 * place in the list of names, counted from the last `forget`.
 */
export interface PackedEntries {
  /** The worker forgets all handles first. */
  readonly forget: boolean;
  /** Series not named before; they take the handles from `firstHandle` on. */
  readonly names: SeriesName[];
  readonly firstHandle: number;
  readonly handles: Int32Array;
  /** Epoch ms. */
  readonly times: Float64Array;
  /** NaN: the value is the next of `texts`. */
  readonly numbers: Float64Array;
  readonly texts: string[];
  /** JSON texts, and the points (ascending) they belong to. */
  readonly metadata: string[];
  readonly metadataOf: number[];
  /** Origins, and the first and last + 1 of the points that have them. */
  readonly origins: string[];
  readonly originStarts: number[];
  readonly originEnds: number[];
}

/** A place in a series: rows are ordered by time, then by arrival. */
export interface Place {
  readonly time: number;
  readonly seq: number;
}

export interface PageRequest {
  readonly series: SeriesName;
  /** Epoch ms, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly newestFirst: boolean;
  readonly limit: number;
  /** Go on behind this row. */
  readonly after?: Place;
}

export interface StoredRow extends Place {
  readonly value: StoredValue;
  /** JSON text. */
  readonly metadata: string | null;
}

/** As many rows as were asked for, or fewer when they are long. */
export interface StoredPage {
  readonly rows: StoredRow[];
  /** Whether there may be more behind the last one. */
  readonly more: boolean;
}

export interface BucketRequest {
  readonly series: SeriesName;
  /** Start of the first bucket, epoch ms. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** ms. */
  readonly width: number;
}

export interface StoredBucket extends Omit<Bucket, 'last'> {
  readonly last: StoredValue;
}

/** `next` is where to go on; null = done. */
export interface BucketSlice {
  readonly buckets: StoredBucket[];
  readonly next: number | null;
}

export interface ExpirySlice {
  readonly removed: number;
  /** The series to go on with; null = done. */
  readonly next: number | null;
}

export type HistoryOperations = {
  follow(logId: string): boolean;
  /** Returns how many entries were repeats. */
  append(entries: PackedEntries, positions: readonly Position[], now: number): number;
  positions(): Position[];
  page(request: PageRequest): StoredPage;
  /** Of the first requests; there may be fewer than were asked for. */
  pages(requests: readonly PageRequest[]): StoredPage[];
  buckets(request: BucketRequest): BucketSlice;
  hasRows(tenant: string, deviceId: string): boolean;
  expire(before: number, fromSeries: number): ExpirySlice;
  flush(): Promise<void>;
  ping(): void;
};

/** What the thread tells unasked. */
export type HistoryEvent =
  | { readonly durable: Position[] }
  | { readonly failed: WireError }
  /** Whether the head is full and has to wait until the one before it is written. */
  | { readonly full: boolean };

/** When the head is written out, whichever comes first. */
export interface HeadLimits {
  readonly maxPoints: number;
  readonly maxAgeMs: number;
}
