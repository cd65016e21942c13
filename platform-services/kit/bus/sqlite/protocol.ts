/** What the bus and its log worker say to each other. Rows travel as columns: arrays of texts are the cheapest to clone. */
import type { WireError } from '../../sqlite/failures.ts';

/** What the log knows of a topic. */
export interface TopicRecord {
  readonly id: number;
  readonly name: string;
  /** How many; fixed when the topic is created, because order per key depends on it. */
  readonly partitions: number;
  /** The offset the next message gets; never goes back, not even when everything has expired. */
  readonly next: number;
  /** By partition: the offset behind its newest message. */
  readonly ends: readonly number[];
}

export interface Columns {
  readonly offsets: number[];
  readonly partitions: number[];
  /** Epoch ms. */
  readonly timestamps: number[];
  readonly keys: string[];
  readonly values: string[];
  /** JSON text; null when there are none. */
  readonly headers: (string | null)[];
}

/** The messages of one topic in one transaction, and the topic's record when they are stored. */
export interface TopicAppend extends Columns {
  readonly topic: TopicRecord;
}

/** Where a group stands in a topic, by partition; null offsets remove it. */
export interface GroupOffsets {
  readonly group: string;
  readonly topic: string;
  readonly offsets: readonly number[] | null;
}

/** When a group last had a subscription; epoch ms. */
export interface GroupSeen {
  readonly group: string;
  readonly seen: number;
}

export interface GroupChanges {
  readonly offsets: readonly GroupOffsets[];
  readonly seen: readonly GroupSeen[];
}

/** Rows of `topicId` with `from` ≤ offset < `to`; of all partitions when `partition` is absent. */
export interface RowRange {
  readonly topicId: number;
  readonly partition?: number;
  readonly from: number;
  readonly to: number;
}

export type Request =
  | { readonly kind: 'open' }
  | { readonly kind: 'append'; readonly topics: readonly TopicAppend[]; readonly groups: GroupChanges }
  | { readonly kind: 'groups'; readonly groups: GroupChanges }
  | { readonly kind: 'read'; readonly range: RowRange; readonly limit: number; readonly since: number }
  | { readonly kind: 'count'; readonly range: RowRange }
  | { readonly kind: 'seek'; readonly topicId: number; readonly since: number }
  | { readonly kind: 'oldest'; readonly topicId: number; readonly from: number }
  | { readonly kind: 'expire'; readonly slice: ExpirySlice }
  | { readonly kind: 'size' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close' };

/** Removes rows from `from` on that are older than `before` and below their partition's floor; a few thousand at most. */
export interface ExpirySlice {
  readonly topicId: number;
  readonly from: number;
  /** Epoch ms. */
  readonly before: number;
  /** By partition: rows at or above it are kept, for a group still wants them. */
  readonly floors: readonly number[];
}

export interface Oldest {
  readonly offset: number;
  readonly timestamp: number;
}

export type Reply =
  | {
      readonly kind: 'opened';
      readonly logId: string;
      readonly topics: readonly TopicRecord[];
      readonly groups: GroupChanges;
    }
  | { readonly kind: 'done' }
  /** `next` is where to read on; the rows between the last one and `next` are of no interest. */
  | { readonly kind: 'page'; readonly rows: Columns; readonly next: number }
  /** `next` as in `page`. */
  | { readonly kind: 'counted'; readonly messages: number; readonly next: number }
  | { readonly kind: 'found'; readonly offset: number }
  | { readonly kind: 'oldest'; readonly oldest: Oldest | undefined }
  /** `next` is the oldest row the slice did not look at. */
  | { readonly kind: 'expired'; readonly removed: number; readonly next: Oldest | undefined }
  /** Bytes in use, free pages of the file not counted. */
  | { readonly kind: 'sized'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly error: WireError };

/** The journal could not be moved into the file (or, without a reason, could again); nothing is lost. */
export interface Notice {
  readonly kind: 'checkpoint';
  readonly reason: string | undefined;
}

/** Request and reply carry the same id; notices have id 0. */
export interface Envelope<T> {
  readonly id: number;
  readonly body: T;
}
