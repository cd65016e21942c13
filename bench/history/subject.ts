/** What the bench asks of a history, ours or the peer's. */
import type { Entry } from '../../platform-services/kit/history/history-store.ts';
import type { Series } from './workload.ts';

export interface Subject {
  readonly name: string;
  /** Takes a batch and the bus offset behind it. */
  append(entries: readonly Entry[], offset: number): Promise<void>;
  /** Makes everything durable. */
  settle(): Promise<void>;
  /** Closes and opens, so that nothing of the file is cached in the process. */
  reopen(): Promise<void>;
  /** Reads the newest rows of a series; resolves to their number. */
  newest(series: Series, limit: number): Promise<number>;
  /** Aggregates `count` buckets of `width` ms from `from` on; resolves to the number of buckets. */
  buckets(series: Series, from: number, width: number, count: number): Promise<number>;
  /** Removes what is older than `before`; resolves to the number of rows. */
  expire(before: number): Promise<number>;
  stop(): Promise<void>;
}
