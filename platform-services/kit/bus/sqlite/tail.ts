/**
 * The newest messages of one partition, in memory for the readers that have read everything before them: what was just
 * published reaches them without a look at the file. Without such a reader nothing is kept.
 */
import type { Message } from '../bus.ts';

export interface TailReader {
  /** The next offset it wants. */
  readonly position: number;
  wake(): void;
}

/** What all tails of a bus hold together. */
export interface TailBudget {
  readonly limit: number;
  bytes: number;
  /** Tails that hold messages. */
  readonly tails: Set<PartitionTail>;
}

/** Objects around a message's texts, in bytes; an estimate. */
const overhead = 250;

export class PartitionTail {
  readonly readers = new Set<TailReader>();
  /** Every message at or after this offset is in memory. */
  start: number;
  /** Behind the newest stored message. */
  end: number;
  #messages: Message[] = [];
  #bytes = 0;
  readonly #budget: TailBudget;

  constructor(end: number, budget: TailBudget) {
    this.start = end;
    this.end = end;
    this.#budget = budget;
  }

  /** Whether a stored message would be read from memory; if not, `skip` it. */
  get wanted(): boolean {
    for (const reader of this.readers) if (reader.position >= this.start) return true;
    return false;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.end = message.offset + 1;
    this.#count(sizeOf(message));
    this.#budget.tails.add(this);
    if (this.#budget.bytes > this.#budget.limit) dropLargest(this.#budget);
  }

  /** Messages up to `end` are in the file only; readers find them there. */
  skip(end: number): void {
    this.clear();
    this.start = end;
    this.end = end;
  }

  /** From `position` (≥ `start`) on, at most `limit`. */
  read(position: number, limit: number): Message[] {
    const first = this.#indexOf(position);
    return this.#messages.slice(first, first + limit);
  }

  /** Forgets what no reader wants any more. */
  trim(): void {
    let lowest = this.end;
    for (const { position } of this.readers) if (position >= this.start && position < lowest) lowest = position;
    if (lowest === this.end) this.clear();
    else this.#drop(this.#indexOf(lowest));
    this.start = lowest;
  }

  wake(): void {
    for (const reader of this.readers) reader.wake();
  }

  clear(): void {
    this.#messages = [];
    this.start = this.end;
    this.#count(-this.#bytes);
    this.#budget.tails.delete(this);
  }

  get bytes(): number {
    return this.#bytes;
  }

  #drop(count: number): void {
    // Moving the rest down for a few messages would cost more than keeping them a little longer.
    if (count * 2 < this.#messages.length) return;
    for (const message of this.#messages.splice(0, count)) this.#count(-sizeOf(message));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.bytes += bytes;
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#messages[middle]?.offset ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Frees the longest tail: its readers are the slow ones, and they go on from the file. */
function dropLargest({ tails }: TailBudget): void {
  let largest: PartitionTail | undefined;
  for (const tail of tails) if (!largest || tail.bytes > largest.bytes) largest = tail;
  largest?.clear();
}

function sizeOf({ key, value }: Message): number {
  return key.length + value.length + overhead;
}
