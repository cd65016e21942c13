/** What the bus tells the operator. */
import type { Metrics } from '../../metrics.ts';

export interface BusCounters {
  committed(messages: number, bytes: number, milliseconds: number): void;
  /** The log is over its size and nothing may be removed. */
  held(): void;
}

export function busCounters(metrics: Metrics): BusCounters {
  const messages = metrics.counter('dojot_bus_messages_total', 'Messages stored on the bus');
  const bytes = metrics.counter('dojot_bus_bytes_total', 'Bytes stored on the bus, about');
  const commits = metrics.counter('dojot_bus_commits_total', 'Transactions of the bus');
  const seconds = metrics.counter('dojot_bus_commit_seconds_total', 'Time transactions of the bus took');
  const held = metrics.counter('dojot_bus_retention_held_total', 'Rounds that could not bring the bus below its size');
  return {
    committed(messageCount, byteCount, milliseconds) {
      messages.add(messageCount);
      bytes.add(byteCount);
      commits.add();
      seconds.add(milliseconds / 1000);
    },
    held: () => held.add(),
  };
}
