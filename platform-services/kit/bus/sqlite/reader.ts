/** Brings one partition to one handler: batch after batch, one at a time, again after a pause when the handler rejects. */

import type { Log } from '../../log.ts';
import type { Batch, BatchHandler, Message } from '../bus.ts';
import type { ReadPage } from './pages.ts';
import { Pause } from './pause.ts';
import type { TailReader } from './tail.ts';
import type { Topic } from './topics.ts';

export interface ReaderNeeds {
  readonly topic: Topic;
  readonly partition: number;
  readonly handler: BatchHandler;
  readonly maxBatch: number;
  readonly readPage: ReadPage;
  readonly log: Log;
  /** Called with the next offset wanted, when the handler has resolved. */
  readonly handled: (offset: number) => void;
}

/** ms */
const retryPauses = { first: 100, longest: 30_000 };

/** Idle it is a few fields in the tail's set: there may be one for every group, topic and partition. */
export class PartitionReader implements TailReader {
  position: number;
  readonly #needs: ReaderNeeds;
  readonly #pause = new Pause();
  #stopped = false;
  #working: Promise<void> | undefined;

  constructor(needs: ReaderNeeds, position: number) {
    this.#needs = needs;
    this.position = position;
    this.#tail?.readers.add(this);
    // Not at once: whoever subscribes has the subscription in hand before the handler is called.
    setImmediate(() => this.wake());
  }

  wake(): void {
    if (this.#working || this.#stopped || !this.#more) return;
    this.#working = this.#work();
  }

  /** No call of the handler begins after this; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tail?.readers.delete(this);
    this.#tail?.trim();
    this.#pause.end();
    await this.#working;
  }

  get #tail() {
    return this.#needs.topic.tails[this.#needs.partition];
  }

  get #more(): boolean {
    return this.#tail !== undefined && this.position < this.#tail.end;
  }

  async #work(): Promise<void> {
    while (this.#more && !this.#stopped) {
      const messages = await this.#insist('the message log cannot be read', () => this.#take());
      if (messages && messages.length > 0) await this.#deliver(messages);
    }
    this.#working = undefined;
  }

  async #take(): Promise<readonly Message[]> {
    const { topic, partition, maxBatch, readPage } = this.#needs;
    const tail = this.#tail;
    if (!tail) return [];
    if (this.position < tail.start) {
      const range = { topicId: topic.id, partition, from: this.position, to: tail.end };
      const { messages, next } = await readPage(topic.name, range, maxBatch);
      this.position = next;
      return messages;
    }
    const messages = tail.read(this.position, maxBatch);
    this.position = (messages.at(-1)?.offset ?? tail.end - 1) + 1;
    tail.trim();
    return messages;
  }

  async #deliver(messages: readonly Message[]): Promise<void> {
    const { topic, partition, handler, handled } = this.#needs;
    const batch: Batch = { topic: topic.name, partition, messages };
    const behind = (messages.at(-1)?.offset ?? 0) + 1;
    const done = await this.#insist('a batch could not be handled and is delivered again', async () => {
      await handler(batch);
      return true;
    });
    if (done) handled(behind);
  }

  /** Until it succeeds or the reader is stopped (undefined); says so once per streak of failures. */
  async #insist<T>(problem: string, attempt: () => Promise<T>): Promise<T | undefined> {
    const { topic, partition, log } = this.#needs;
    for (let pause = retryPauses.first; !this.#stopped; pause = Math.min(pause * 2, retryPauses.longest)) {
      try {
        return await attempt();
      } catch (error) {
        if (pause === retryPauses.first) log.warn(problem, { topic: topic.name, partition, error });
        if (!this.#stopped) await this.#pause.begin(pause);
      }
    }
    return undefined;
  }
}
