/** Where every group stands: in memory at once, in the file soon. */
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { LogClient } from './log-client.ts';
import type { GroupChanges } from './protocol.ts';

/** ms a moved offset may wait before it is written. */
const writeAfter = 500;
/** ms a group's last sign of life may be behind. */
const seenEvery = 3_600_000;

export interface Offsets {
  /** Undefined when the group has none for this topic. */
  get(group: string, topic: string): readonly number[] | undefined;
  /** Offsets of all partitions, as a group begins with a topic. */
  begin(group: string, topic: string, offsets: readonly number[]): void;
  move(group: string, topic: string, partition: number, offset: number): void;
  forget(group: string, topic: string): void;
  topicsOf(group: string): readonly string[];
  groups(): Iterable<string>;
  /** Epoch ms; `touch` says that the group lives. */
  seen(group: string): number;
  touch(group: string): void;
  /** What has to be written; the taker gives it back with `restore` when that fails. */
  takeChanges(): GroupChanges;
  restore(changes: GroupChanges): void;
  /** Writes what has changed; a failure is logged and tried again later. Resolves to whether it was written. */
  flush(): Promise<boolean>;
  stop(): void;
}

interface Group {
  /** By topic, then partition. */
  readonly offsets: Map<string, number[]>;
  seen: number;
  storedSeen: number;
}

export interface OffsetsNeeds {
  readonly client: LogClient;
  readonly clock: Clock;
  readonly log: Log;
}

export function createOffsets(stored: GroupChanges, { client, clock, log }: OffsetsNeeds): Offsets {
  const groups = new Map<string, Group>();
  /** Topics to write, by group. */
  const changed = new Map<string, Set<string>>();
  let timer: NodeJS.Timeout | undefined;
  let failing = false;

  const group = (name: string): Group => {
    const known = groups.get(name);
    if (known) return known;
    const fresh: Group = { offsets: new Map(), seen: clock.now(), storedSeen: 0 };
    groups.set(name, fresh);
    return fresh;
  };

  for (const { group: name, topic, offsets } of stored.offsets)
    if (offsets) group(name).offsets.set(topic, [...offsets]);
  for (const { group: name, seen } of stored.seen) Object.assign(group(name), { seen, storedSeen: seen });

  function markChanged(name: string, topic?: string): void {
    const topics = changed.get(name) ?? new Set();
    if (topic !== undefined) topics.add(topic);
    changed.set(name, topics);
    timer ??= setTimeout(() => void flush(), writeAfter);
  }

  function takeChanges(): GroupChanges {
    const names = [...changed.keys()];
    const changes: GroupChanges = {
      seen: names.map((name) => ({ group: name, seen: group(name).seen })),
      offsets: [...changed].flatMap(([name, topics]) =>
        [...topics].map((topic) => ({ group: name, topic, offsets: group(name).offsets.get(topic)?.slice() ?? null })),
      ),
    };
    changed.clear();
    clearTimeout(timer);
    timer = undefined;
    return changes;
  }

  function restore(changes: GroupChanges): void {
    for (const { group: name, topic } of changes.offsets) markChanged(name, topic);
    for (const { group: name } of changes.seen) markChanged(name);
  }

  async function flush(): Promise<boolean> {
    const changes = takeChanges();
    if (changes.seen.length === 0) return true;
    try {
      await client.ask({ kind: 'groups', groups: changes }, 'done');
      for (const { group: name, seen } of changes.seen) group(name).storedSeen = seen;
      failing = false;
      return true;
    } catch (error) {
      if (!failing) log.warn('offsets of consumer groups cannot be written yet', { error });
      failing = true;
      restore(changes);
      return false;
    }
  }

  return {
    get: (name, topic) => groups.get(name)?.offsets.get(topic),
    begin(name, topic, offsets) {
      group(name).offsets.set(topic, [...offsets]);
      markChanged(name, topic);
    },
    move(name, topic, partition, offset) {
      const offsets = group(name).offsets.get(topic);
      if (!offsets || offsets[partition] === offset) return;
      offsets[partition] = offset;
      markChanged(name, topic);
    },
    forget(name, topic) {
      if (groups.get(name)?.offsets.delete(topic)) markChanged(name, topic);
    },
    topicsOf: (name) => [...(groups.get(name)?.offsets.keys() ?? [])],
    groups: () => groups.keys(),
    seen: (name) => groups.get(name)?.seen ?? 0,
    touch(name) {
      const living = group(name);
      living.seen = clock.now();
      if (living.seen - living.storedSeen >= seenEvery) markChanged(name);
    },
    takeChanges,
    restore,
    flush,
    stop: () => clearTimeout(timer),
  };
}
