/** How far each partition is done, when messages of it end in any order: the offset below which nothing is open. */
import type { Message, Position } from '../../platform-services/kit/bus/bus.ts';

/** One message that was taken and has not ended; `done` ends it. */
export interface Mark {
  readonly offset: number;
  isDone: boolean;
}

export interface Watermark {
  /** Messages of a partition come in ascending order. */
  take(message: Pick<Message, 'topic' | 'partition' | 'offset'>): Mark;
  /** Positions that moved since the last call. */
  moved(): Position[];
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  /** Taken and not yet below the mark, ascending; those before `head` are gone already. */
  marks: Mark[];
  head: number;
}

/** Gone marks are cut off when there are this many: shifting an array at each message is slow. */
const cutAt = 1024;

export function createWatermark(): Watermark {
  /** By topic and partition. */
  const partitions = new Map<string, Partition>();

  function advance(partition: Partition): Position | undefined {
    const { marks } = partition;
    let last: Mark | undefined;
    for (let mark = marks[partition.head]; mark?.isDone; mark = marks[partition.head]) {
      last = mark;
      partition.head += 1;
    }
    if (partition.head >= cutAt) {
      partition.marks = marks.slice(partition.head);
      partition.head = 0;
    }
    return last && { topic: partition.topic, partition: partition.partition, offset: last.offset + 1 };
  }

  return {
    take({ topic, partition, offset }) {
      const key = `${topic}/${partition}`;
      let known = partitions.get(key);
      if (!known) {
        known = { topic, partition, marks: [], head: 0 };
        partitions.set(key, known);
      }
      const mark: Mark = { offset, isDone: false };
      known.marks.push(mark);
      return mark;
    },
    moved: () => Array.from(partitions.values(), advance).filter((position) => position !== undefined),
  };
}
