/** One transaction before it is stored: offsets are given, partitions chosen; it takes effect in memory when it is stored. */
import type { Message, OutgoingMessage } from '../bus.ts';
import type { Part } from './fair-queue.ts';
import { partitionOf } from './partition.ts';
import type { TopicAppend, TopicRecord } from './protocol.ts';
import type { Topic, Topics } from './topics.ts';

export interface Draft {
  readonly appends: readonly TopicAppend[];
  /** As they are before their first message. */
  readonly newTopics: readonly TopicRecord[];
  readonly messages: number;
  readonly bytes: number;
  /** Makes the stored messages visible to readers. */
  publishTo(topics: Topics): void;
}

const noHeaders = {};

/** Only one draft at a time can be right: it counts on from what is stored. */
export function draftOf(parts: readonly Part[], topics: Topics): Draft {
  const drafts = new Map<string, TopicDraft>();
  const newTopics: TopicRecord[] = [];
  let bytes = 0;
  for (const { call, messages, bytes: size } of parts) {
    let draft = drafts.get(call.topic);
    if (!draft) {
      const known = topics.get(call.topic);
      const record = known ? recordOf(known) : topics.draft(call.topic, newTopics.length);
      if (!known) newTopics.push(record);
      draft = new TopicDraft(record);
      drafts.set(call.topic, draft);
    }
    for (const message of messages) draft.add(message, call.timestamp);
    bytes += size;
  }
  const all = [...drafts.values()];
  return {
    appends: all.map((draft) => draft.toAppend()),
    newTopics,
    messages: all.reduce((sum, draft) => sum + draft.size, 0),
    bytes,
    publishTo() {
      for (const record of newTopics) topics.update(record);
      for (const draft of all) {
        const topic = topics.get(draft.name);
        if (topic) draft.publishTo(topic);
      }
    },
  };
}

class TopicDraft {
  readonly #record: TopicRecord;
  readonly #ends: number[];
  readonly #rows: Omit<TopicAppend, 'topic'> = {
    offsets: [],
    partitions: [],
    timestamps: [],
    keys: [],
    values: [],
    headers: [],
  };
  readonly #headers: (OutgoingMessage['headers'] | undefined)[] = [];
  #next: number;

  constructor(record: TopicRecord) {
    this.#record = record;
    this.#ends = [...record.ends];
    this.#next = record.next;
  }

  get name(): string {
    return this.#record.name;
  }

  get size(): number {
    return this.#rows.offsets.length;
  }

  add(message: OutgoingMessage, timestamp: number): void {
    // Half a surrogate pair has no UTF-8 form; what readers get from memory must be what the file gives later.
    const key = message.key.toWellFormed();
    const partition = partitionOf(key, this.#record.partitions);
    const offset = this.#next++;
    this.#ends[partition] = offset + 1;
    this.#rows.offsets.push(offset);
    this.#rows.partitions.push(partition);
    this.#rows.timestamps.push(timestamp);
    this.#rows.keys.push(key);
    this.#rows.values.push(message.value.toWellFormed());
    this.#rows.headers.push(message.headers ? JSON.stringify(message.headers) : null);
    this.#headers.push(message.headers);
  }

  toAppend(): TopicAppend {
    return { ...this.#rows, topic: { ...this.#record, next: this.#next, ends: this.#ends } };
  }

  publishTo(topic: Topic): void {
    topic.next = this.#next;
    const wanted = topic.tails.map((tail) => tail.wanted);
    const { offsets, partitions, timestamps, keys, values } = this.#rows;
    for (let row = 0; row < offsets.length; row++) {
      const partition = partitions[row] ?? 0;
      if (!wanted[partition]) continue;
      const message: Message = {
        topic: topic.name,
        partition,
        offset: offsets[row] ?? 0,
        key: keys[row] ?? '',
        value: values[row] ?? '',
        headers: this.#headers[row] ?? noHeaders,
        timestamp: timestamps[row] ?? 0,
      };
      topic.tails[partition]?.push(message);
    }
    for (const [partition, tail] of topic.tails.entries()) {
      const end = this.#ends[partition];
      if (end === undefined || end === this.#record.ends[partition]) continue;
      if (tail.end < end) tail.skip(end);
      tail.wake();
    }
  }
}

function recordOf(topic: Topic): TopicRecord {
  return {
    id: topic.id,
    name: topic.name,
    partitions: topic.tails.length,
    next: topic.next,
    ends: topic.tails.map((tail) => tail.end),
  };
}
