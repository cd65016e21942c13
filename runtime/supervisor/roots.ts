/**
 * The device messages that flows may name as the origin of what they publish: those a process of theirs was given. By any
 * other, flows could make history take results still to come for repeats, and remember partitions there are none of.
 */
import { type Origin, parseOrigin } from '../../contract/headers.ts';
import type { FlowEvent } from '../protocol/messages.ts';

export interface Roots {
  /** These events go to a process. */
  given(events: readonly FlowEvent[]): void;
  has(root: Pick<Origin, 'topic' | 'partition' | 'offset'>): boolean;
}

export function createRoots(): Roots {
  /** The newest offset, by topic and partition. */
  const newest = new Map<string, number>();
  const keyOf = ({ topic, partition }: Pick<Origin, 'topic' | 'partition'>) => `${topic}/${partition}`;

  return {
    given(events) {
      for (const event of events) {
        // What another flow has published descends from the same message as that one.
        const root = parseOrigin(event.origin) ?? event;
        newest.set(keyOf(root), Math.max(root.offset, newest.get(keyOf(root)) ?? 0));
      }
    },
    has: (root) => root.offset <= (newest.get(keyOf(root)) ?? -1),
  };
}
