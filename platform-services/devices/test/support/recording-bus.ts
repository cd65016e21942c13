import type { Bus, OutgoingMessage } from '../../../kit/bus/bus.ts';
import { portErrors } from '../../../kit/errors.ts';

/** The writing half of a bus that remembers what it took and can be unable to store. */
export interface RecordingBus extends Bus {
  readonly published: { readonly topic: string; readonly message: OutgoingMessage }[];
  available: boolean;
}

export function recordingBus(): RecordingBus {
  const readingHalf = () => Promise.reject(new Error('this bus only records'));
  return {
    published: [],
    available: true,
    async publish(topic, messages) {
      if (!this.available) throw portErrors.BUS_UNAVAILABLE('the disk is full');
      this.published.push(...messages.map((message) => ({ topic, message })));
    },
    subscribe: readingHalf,
    replay: readingHalf,
    forget: readingHalf,
    lag: readingHalf,
    ping: async () => undefined,
    stop: async () => undefined,
  };
}
