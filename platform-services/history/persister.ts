/** Carries what devices say from the bus into the history, each message once. */
import { subjects } from '../../contract/topics.ts';
import type { Batch, Bus, Position, Subscription } from '../kit/bus/bus.ts';
import type { Clock } from '../kit/clock.ts';
import type { Entry, HistoryStore } from '../kit/history/history-store.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { entryOf } from './entry.ts';

export interface PersisterNeeds {
  readonly bus: Bus;
  readonly historyStore: HistoryStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Persister {
  stop(): Promise<void>;
}

/** At most one log line about malformed messages in this time, ms. */
const complaintMs = 10_000;

/**
 * The position lives with the points, in the history: the bus is asked to begin behind what is durable there, and its own
 * offset (which decides what it may remove) follows when the history says that points became durable.
 */
export async function startPersister(needs: PersisterNeeds): Promise<Persister> {
  const { bus, historyStore, log } = needs;
  if (await historyStore.follow(bus.logId)) log.warn('the message log is another one than before: all of it is taken');
  const durable = positionMap(await historyStore.positions());
  const { handler, letGo } = releasable(batchHandler(needs));
  let subscription: Subscription | undefined;
  historyStore.onDurable((positions) => {
    for (const position of positions) durable.set(partitionKey(position), position.offset);
    subscription?.commit(positions).catch((error: unknown) => log.warn('the offset could not be moved', { error }));
  });
  subscription = await bus.subscribe(
    {
      group: 'persister',
      topics: { subjects: [subjects.deviceData, subjects.deviceEvents, subjects.notifications] },
      from: 'earliest',
      commit: 'manual',
      // A history without a position has nothing of the partition, whatever the bus remembers of an earlier one.
      startAt: (topic, partition) => durable.get(partitionKey({ topic, partition })) ?? 0,
    },
    handler,
  );
  return {
    stop() {
      // A batch may wait for room in the history longer than a stop may take. Until it is durable the bus has it.
      letGo();
      const ending = subscription;
      // What becomes durable from now on is for the next start to find.
      subscription = undefined;
      return ending?.stop() ?? Promise.resolve();
    },
  };
}

/** Exported for tests: handles one batch, dropping what this process has already appended. */
export function batchHandler({ historyStore, clock, log, metrics }: PersisterNeeds): (batch: Batch) => Promise<void> {
  const stored = metrics.counter('dojot_history_points_total', 'Values taken into the history');
  const malformed = metrics.counter(
    'dojot_history_malformed_total',
    'Messages the history could not understand and values it could not keep',
  );
  const complain = occasionally(clock, (count) => log.warn('messages or values could not be understood', { count }));
  /** The next offset wanted, by partition; a batch may come again when its append failed or the subscription moved. */
  const next = new Map<string, number>();
  return async ({ topic, partition, messages }) => {
    const key = partitionKey({ topic, partition });
    const wanted = next.get(key) ?? 0;
    const entries: Entry[] = [];
    let points = 0;
    let refused = 0;
    const leave = () => {
      refused += 1;
    };
    for (const message of messages) {
      if (message.offset < wanted) continue;
      const entry = entryOf(message, leave);
      if (entry === 'malformed') refused += 1;
      if (typeof entry === 'string') continue;
      entries.push(entry);
      points += entry.points.length;
    }
    const offset = Math.max(wanted, (messages.at(-1)?.offset ?? -1) + 1);
    if (offset === wanted) return;
    await historyStore.append(entries, { topic, partition, offset });
    next.set(key, offset);
    stored.add(points);
    if (refused > 0) {
      malformed.add(refused);
      complain(refused);
    }
  };
}

/** `letGo` lets the bus believe that the batches under way are handled. */
function releasable(handle: (batch: Batch) => Promise<void>) {
  const underWay = new Set<() => void>();
  return {
    handler: (batch: Batch) =>
      new Promise<void>((resolve, reject) => {
        underWay.add(resolve);
        handle(batch)
          .finally(() => underWay.delete(resolve))
          .then(resolve, reject);
      }),
    letGo() {
      for (const resolve of underWay) resolve();
    },
  };
}

function positionMap(positions: readonly Position[]): Map<string, number> {
  return new Map(positions.map((position) => [partitionKey(position), position.offset]));
}

function partitionKey({ topic, partition }: Pick<Position, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}

/** Adds up counts and hands the sum on at once, then at most once per `complaintMs`. */
function occasionally(clock: Clock, say: (count: number) => void): (count: number) => void {
  let sum = 0;
  let last = Number.NEGATIVE_INFINITY;
  return (count) => {
    sum += count;
    if (clock.now() - last < complaintMs) return;
    say(sum);
    sum = 0;
    last = clock.now();
  };
}
