/** Lets old messages go: by age, and by size the oldest first; never what a group still has to consume. */
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { LogClient } from './log-client.ts';
import type { Offsets } from './offsets.ts';
import type { Oldest } from './protocol.ts';
import type { Topic, Topics } from './topics.ts';

export interface RetentionLimits {
  /** Messages older than this go; ms. */
  readonly maxAgeMs: number;
  /** The oldest messages go when the log holds more than this. */
  readonly maxBytes: number;
  /** ms between two rounds; default 30 s. */
  readonly everyMs?: number;
}

export interface Retention {
  /** Resolves when no round is under way and none will begin. */
  stop(): Promise<void>;
}

export interface RetentionNeeds {
  readonly client: LogClient;
  readonly topics: Topics;
  readonly offsets: Offsets;
  /** Groups that have a subscription now. */
  readonly activeGroups: () => string[];
  readonly limits: RetentionLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the log is too large and nothing may go. */
  readonly onHeld: () => void;
}

const defaultEvery = 30_000;
/** ms after which a group without a subscription holds nothing back any more. */
const groupForgottenAfter = 7 * 24 * 3_600_000;

export function startRetention(needs: RetentionNeeds): Retention {
  const { client, topics, offsets, limits, clock, log } = needs;
  let stopped = false;
  let held = false;
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= round();
  }, limits.everyMs ?? defaultEvery);
  timer.unref();

  async function round(): Promise<void> {
    try {
      await sweep();
    } catch (error) {
      log.warn('expired messages cannot be removed', { error });
    } finally {
      running = undefined;
    }
  }

  async function sweep(): Promise<void> {
    for (const group of needs.activeGroups()) offsets.touch(group);
    const oldest = await removeOlderThan(clock.now() - limits.maxAgeMs);
    await shrink(oldest);
  }

  /** Resolves to the oldest row of each topic that is left to look at. */
  async function removeOlderThan(before: number): Promise<Map<Topic, Oldest>> {
    const left = new Map<Topic, Oldest>();
    for (const topic of topics.all()) {
      let { oldest } = await client.ask({ kind: 'oldest', topicId: topic.id, from: 0 }, 'oldest');
      while (oldest && oldest.timestamp < before && !stopped) oldest = await expireSlice(topic, oldest, before);
      if (oldest) left.set(topic, oldest);
    }
    return left;
  }

  async function shrink(left: Map<Topic, Oldest>): Promise<void> {
    while (!stopped && (await usedBytes()) > limits.maxBytes) {
      const next = [...left].reduce<[Topic, Oldest] | undefined>(
        (first, entry) => (!first || entry[1].timestamp < first[1].timestamp ? entry : first),
        undefined,
      );
      if (!next) return reportHeld();
      const [topic, oldest] = next;
      const floors = floorsOf(topic);
      const following = floors.every((floor) => floor <= oldest.offset)
        ? undefined
        : await expireSlice(topic, oldest, Number.MAX_SAFE_INTEGER);
      if (following) left.set(topic, following);
      else left.delete(topic);
    }
    held = false;
  }

  /** Resolves to the first row behind the slice. */
  async function expireSlice(topic: Topic, { offset }: Oldest, before: number): Promise<Oldest | undefined> {
    const slice = { topicId: topic.id, from: offset, before, floors: floorsOf(topic) };
    return (await client.ask({ kind: 'expire', slice }, 'expired')).next;
  }

  /** By partition: the lowest offset a group still wants. */
  function floorsOf(topic: Topic): number[] {
    const floors = topic.tails.map(() => topic.next);
    for (const group of offsets.groups()) {
      if (clock.now() - offsets.seen(group) > groupForgottenAfter) continue;
      const wanted = offsets.get(group, topic.name);
      for (const [partition, floor] of floors.entries()) {
        floors[partition] = Math.min(floor, wanted?.[partition] ?? floor);
      }
    }
    return floors;
  }

  async function usedBytes(): Promise<number> {
    return (await client.ask({ kind: 'size' }, 'sized')).bytes;
  }

  function reportHeld(): void {
    needs.onHeld();
    if (held) return;
    held = true;
    log.warn('the message log is larger than its limit, but all of it waits for consumer groups', {
      maxBytes: limits.maxBytes,
    });
  }

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
