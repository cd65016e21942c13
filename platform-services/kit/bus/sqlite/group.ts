/** A consumer group within this process: its members share the partitions of the topics they follow. */

import type { Log } from '../../log.ts';
import type { BatchHandler, SubscriptionOptions } from '../bus.ts';
import type { Offsets } from './offsets.ts';
import type { ReadPage } from './pages.ts';
import { PartitionReader } from './reader.ts';
import { matches, type Topic, type Topics } from './topics.ts';

export interface Member {
  readonly options: SubscriptionOptions;
  readonly handler: BatchHandler;
  /** Whether it takes partitions yet. */
  active: boolean;
}

export interface Group {
  readonly empty: boolean;
  follows(topic: string): boolean;
  /** Fixes where the member begins; its handler is not called yet. */
  join(member: Member): void;
  activate(member: Member): void;
  /** Resolves when none of the member's handlers runs any more; the other members take over its partitions. */
  leave(member: Member): Promise<void>;
  topicAppeared(topic: Topic): void;
}

export interface GroupNeeds {
  readonly topics: Topics;
  readonly offsets: Offsets;
  readonly readPage: ReadPage;
  readonly log: Log;
}

/** One partition of one topic, and who reads it. */
interface Slot {
  readonly topic: Topic;
  readonly partition: number;
  owner: Member | undefined;
  reader: PartitionReader | undefined;
  /** The reader before is ending; the next one must not begin while its handler runs. */
  ending: Promise<void> | undefined;
}

const defaultBatch = 1000;

export function createGroup(name: string, { topics, offsets, readPage, log }: GroupNeeds): Group {
  const members: Member[] = [];
  /** By topic name, then partition. */
  const slots = new Map<string, Slot[]>();

  function slotsOf(topic: Topic): Slot[] {
    const known = slots.get(topic.name);
    if (known) return known;
    const fresh = topic.tails.map((_, partition) => ({
      topic,
      partition,
      owner: undefined,
      reader: undefined,
      ending: undefined,
    }));
    slots.set(topic.name, fresh);
    return fresh;
  }

  function ownerOf({ topic, partition }: Slot): Member | undefined {
    const able = members.filter((member) => member.active && matches(member.options.topics, topic.name));
    return able[(partition + topic.id) % able.length];
  }

  /** Brings a slot to the member it belongs to. */
  function settle(slot: Slot): void {
    const owner = ownerOf(slot);
    if (slot.ending || slot.owner === owner) return;
    if (slot.reader) {
      slot.ending = slot.reader.stop().then(() => {
        slot.reader = undefined;
        slot.owner = undefined;
        slot.ending = undefined;
        settle(slot);
      });
      return;
    }
    slot.owner = owner;
    if (owner) slot.reader = readerOf(owner, slot);
  }

  function settleTopic(topic: Topic): void {
    for (const slot of slotsOf(topic)) settle(slot);
  }

  function readerOf({ options, handler }: Member, { topic, partition }: Slot): PartitionReader {
    return new PartitionReader(
      {
        topic,
        partition,
        handler,
        maxBatch: options.maxBatch ?? defaultBatch,
        readPage,
        log,
        handled: (offset) => {
          if (options.commit !== 'manual') offsets.move(name, topic.name, partition, offset);
        },
      },
      startOf(options, topic, partition),
    );
  }

  function startOf(options: SubscriptionOptions, topic: Topic, partition: number): number {
    const own = options.startAt?.(topic.name, partition);
    const start = own ?? offsets.get(name, topic.name)?.[partition] ?? 0;
    if (start <= topic.next) return start;
    // The log is younger than the position (its file was replaced): reading all of it again loses nothing.
    log.warn('a position lies behind the end of the log; the partition is read from its beginning', {
      group: name,
      topic: topic.name,
      partition,
      position: start,
      end: topic.next,
    });
    return 0;
  }

  /** A group without offsets gets them when it first meets a topic, so that a crash cannot move its beginning. */
  function begin({ options }: Member, topic: Topic): void {
    if (offsets.get(name, topic.name)) return;
    const starts = topic.tails.map(
      (tail, partition) => options.startAt?.(topic.name, partition) ?? (options.from === 'latest' ? tail.end : 0),
    );
    offsets.begin(name, topic.name, starts);
  }

  return {
    get empty() {
      return members.length === 0;
    },
    follows: (topic) => members.some((member) => matches(member.options.topics, topic)),
    join(member) {
      members.push(member);
      for (const topic of topics.matching(member.options.topics)) begin(member, topic);
    },
    activate(member) {
      member.active = true;
      for (const topic of topics.matching(member.options.topics)) settleTopic(topic);
    },
    async leave(member) {
      members.splice(members.indexOf(member), 1);
      const all = [...slots.values()].flat();
      const own = all.filter((slot) => slot.owner === member);
      for (const slot of all) settle(slot);
      await Promise.all(own.map((slot) => slot.ending));
    },
    topicAppeared(topic) {
      if (members.some((member) => matches(member.options.topics, topic.name))) settleTopic(topic);
    },
  };
}
