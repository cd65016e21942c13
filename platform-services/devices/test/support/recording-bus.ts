import { EventEmitter, once } from 'node:events';
import type { Bus, OutgoingMessage } from '../../../kit/bus/bus.ts';
import { portErrors } from '../../../kit/errors.ts';

/** The writing half of a bus that remembers what it took and can be unable to store. */
export interface RecordingBus extends Bus {
  readonly published: { readonly topic: string; readonly message: OutgoingMessage }[];
  available: boolean;
  /** Resolves when so many messages have been published. */
  holds(count: number): Promise<void>;
}

export function recordingBus(): RecordingBus {
  const readingHalf = () => Promise.reject(new Error('this bus only records'));
  const published: RecordingBus['published'][number][] = [];
  const arrivals = new EventEmitter();
  return {
    logId: 'recorded',
    published,
    available: true,
    async holds(count) {
      while (published.length < count) await once(arrivals, 'message');
    },
    async publish(topic, messages) {
      if (!this.available) throw portErrors.BUS_UNAVAILABLE('the disk is full');
      published.push(...messages.map((message) => ({ topic, message })));
      arrivals.emit('message');
    },
    subscribe: readingHalf,
    replay: readingHalf,
    forget: readingHalf,
    lag: readingHalf,
    ping: async () => undefined,
    stop: async () => undefined,
  };
}
