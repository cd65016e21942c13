/** The topics of the log, as the bus knows them in memory. */
import { parseTopic } from '../../../../contract/topics.ts';
import type { TopicFilter } from '../bus.ts';
import type { TopicRecord } from './protocol.ts';
import { PartitionTail, type TailBudget } from './tail.ts';

export interface Topic {
  readonly id: number;
  readonly name: string;
  /** The offset the next message gets. */
  next: number;
  /** By partition. */
  readonly tails: readonly PartitionTail[];
}

export interface Topics {
  get(name: string): Topic | undefined;
  all(): Iterable<Topic>;
  matching(filter: TopicFilter): Topic[];
  /** The record a new topic would get; it exists once it is stored and `update` is told. */
  draft(name: string, alreadyDrafted: number): TopicRecord;
  /** Takes over what is stored; makes topics that are new. Tails of changed topics start behind it. */
  update(record: TopicRecord): Topic;
  onAppeared(listener: (topic: Topic) => void): void;
}

export function createTopics(partitions: number, budget: TailBudget): Topics {
  const byName = new Map<string, Topic>();
  const listeners: ((topic: Topic) => void)[] = [];
  let lastId = 0;

  return {
    get: (name) => byName.get(name),
    all: () => byName.values(),
    matching: (filter) => [...byName.values()].filter((topic) => matches(filter, topic.name)),
    draft: (name, alreadyDrafted) => ({
      id: lastId + alreadyDrafted + 1,
      name,
      partitions,
      next: 0,
      ends: new Array(partitions).fill(0),
    }),
    update(record) {
      const known = byName.get(record.name);
      if (known) {
        if (known.next !== record.next) skipTo(known, record);
        return known;
      }
      const topic: Topic = {
        id: record.id,
        name: record.name,
        next: record.next,
        tails: record.ends.map((end) => new PartitionTail(end, budget)),
      };
      lastId = Math.max(lastId, topic.id);
      byName.set(topic.name, topic);
      for (const listener of listeners) listener(topic);
      return topic;
    },
    onAppeared: (listener) => listeners.push(listener),
  };
}

/** Whether `topic` is `<tenant>.<subject>` of the filter. */
export function matches({ subjects, tenants }: TopicFilter, topic: string): boolean {
  const parts = parseTopic(topic);
  return (
    parts !== undefined && subjects.includes(parts.subject) && (tenants === undefined || tenants.includes(parts.tenant))
  );
}

function skipTo(topic: Topic, record: TopicRecord): void {
  topic.next = record.next;
  for (const [partition, tail] of topic.tails.entries()) {
    const end = record.ends[partition] ?? tail.end;
    if (end === tail.end) continue;
    tail.skip(end);
    tail.wake();
  }
}
