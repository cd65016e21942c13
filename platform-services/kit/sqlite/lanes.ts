/** Calls that wait for a thread, in lanes that take turns: who asks for much waits for himself, nobody else does. */

export interface Lanes<T> {
  add(lane: string, item: T): void;
  /** The next one; undefined when nothing waits. Within a lane they stay in order. */
  take(): T | undefined;
}

/** The lane that need not wait for its turn: of the platform itself, whose calls are few and small. */
export const platformLane = '';

export function lanes<T>(): Lanes<T> {
  /** By lane; the one whose turn it is comes first, and those where nothing waits are absent. */
  const waiting = new Map<string, T[]>();

  function nextLane(): string | undefined {
    if (waiting.has(platformLane)) return platformLane;
    for (const lane of waiting.keys()) return lane;
    return undefined;
  }

  return {
    add(lane, item) {
      const line = waiting.get(lane);
      if (line) line.push(item);
      else waiting.set(lane, [item]);
    },
    take() {
      const lane = nextLane();
      const line = lane === undefined ? undefined : waiting.get(lane);
      if (lane === undefined || line === undefined) return undefined;
      const item = line.shift();
      waiting.delete(lane);
      if (line.length > 0) waiting.set(lane, line);
      return item;
    },
  };
}
