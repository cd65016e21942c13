/**
 * Writes readings to the bus. What arrives in one turn of the event loop goes there in one call per topic, so that a
 * thousand clients cost a handful of promises; callbacks run in the order of the writes, when the messages are durable.
 */
import type { Bus, OutgoingMessage } from '../kit/bus/bus.ts';

/** Called with the error when the message is not stored. */
export type Written = (error?: unknown) => void;

export interface BusWriter {
  write(topic: string, message: OutgoingMessage, written: Written): void;
  /** Calls back when everything written to the topic so far has had its callback. */
  after(topic: string, reached: () => void): void;
  /** Resolves when everything written so far has had its callback. */
  settled(): Promise<void>;
}

/** What waits for one topic. */
interface Lane {
  readonly topic: string;
  messages: OutgoingMessage[];
  callbacks: Written[];
  /** Resolves when the callbacks of all earlier turns have run. */
  tail: Promise<void>;
}

export function createBusWriter(bus: Bus): BusWriter {
  /** By topic. */
  const lanes = new Map<string, Lane>();
  let waiting: Lane[] = [];

  function laneOf(topic: string): Lane {
    const known = lanes.get(topic);
    if (known) return known;
    const lane: Lane = { topic, messages: [], callbacks: [], tail: Promise.resolve() };
    lanes.set(topic, lane);
    return lane;
  }

  function enqueue(lane: Lane, callback: Written): void {
    if (lane.callbacks.push(callback) > 1) return;
    if (waiting.push(lane) === 1) setImmediate(flush);
  }

  function flush(): void {
    const lanesToWrite = waiting;
    waiting = [];
    for (const lane of lanesToWrite) {
      const { messages, callbacks } = lane;
      lane.messages = [];
      lane.callbacks = [];
      const stored = messages.length > 0 ? bus.publish(lane.topic, messages) : Promise.resolve();
      lane.tail = settle(lane.tail, stored, callbacks);
    }
  }

  return {
    write(topic, message, written) {
      const lane = laneOf(topic);
      lane.messages.push(message);
      enqueue(lane, written);
    },
    after: (topic, reached) => enqueue(laneOf(topic), () => reached()),
    settled: async () => {
      if (waiting.length > 0) flush();
      await Promise.all([...lanes.values()].map((lane) => lane.tail));
    },
  };
}

async function settle(previous: Promise<void>, stored: Promise<void>, callbacks: readonly Written[]): Promise<void> {
  const error = await stored.then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('the bus gave no reason'),
  );
  await previous;
  for (const callback of callbacks) callback(error);
}
