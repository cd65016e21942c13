/** The messages of a tenant that have not ended: how many there may be, of one device and in all, and which are inside. */
import type { Message } from '../../platform-services/kit/bus/bus.ts';
import type { Suspect } from './suspects.ts';
import type { Mark } from './watermark.ts';

/** One message that has not ended. */
export interface Entry extends Suspect {
  readonly id: number;
  readonly message: Message;
  readonly mark: Mark;
  /** Whether a process has it. */
  isInside: boolean;
  /** When it was given to the process, ms. */
  since: number;
}

/** One that waits for room. */
export interface Arrival {
  readonly message: Message;
  readonly mark: Mark;
}

export interface Window {
  /** Takes those there is room for and returns the others. Of one device, nothing passes what waits. */
  letIn(arrivals: readonly Arrival[]): { readonly entered: readonly Entry[]; readonly waiting: Arrival[] };
  get(id: number): Entry | undefined;
  /** It makes room; one that the window does not have any more has no effect. */
  end(entry: Entry): void;
  /** The process has them from `now`, ms, on. */
  goInside(list: readonly Entry[], now: number): void;
  /** None is inside any more: returns those that were, in arrival order. */
  comeOut(): Entry[];
  /** Those inside, in arrival order. */
  insiders(): Entry[];
  isIdle(): boolean;
  size(): number;
  clear(): void;
}

/** Characters in the window. */
const mostCharacters = 16 * 1024 * 1024;

/** `most`: messages in the window. */
export function createWindow(most: number): Window {
  /** By id, in arrival order. */
  const entries = new Map<number, Entry>();
  /** Messages by key: a device whose flows are slow must not fill the window. */
  const byDevice = new Map<string, number>();
  const deviceShare = Math.ceil(most / 10);
  let lastId = 0;
  let characters = 0;
  let inside = 0;

  const countOf = (key: string) => byDevice.get(key) ?? 0;
  const isFull = () => entries.size >= most || characters >= mostCharacters;

  function enter({ message, mark }: Arrival): Entry {
    lastId += 1;
    const entry = { id: lastId, message, mark, alone: 0, inCrowd: false, isInside: false, since: 0 };
    entries.set(lastId, entry);
    byDevice.set(message.key, countOf(message.key) + 1);
    characters += message.value.length;
    return entry;
  }

  const insiders = () => Array.from(entries.values()).filter((entry) => entry.isInside);

  return {
    letIn(arrivals) {
      const entered: Entry[] = [];
      /** Keys of what waits. */
      const held = new Set<string>();
      const waiting = arrivals.filter((arrival) => {
        const { key } = arrival.message;
        if (isFull()) return true;
        const mustWait = held.has(key) || countOf(key) >= deviceShare;
        if (mustWait) held.add(key);
        else entered.push(enter(arrival));
        return mustWait;
      });
      return { entered, waiting };
    },
    get: (id) => entries.get(id),
    end(entry) {
      if (!entries.delete(entry.id)) return;
      const { key, value } = entry.message;
      characters -= value.length;
      const left = countOf(key) - 1;
      if (left === 0) byDevice.delete(key);
      else byDevice.set(key, left);
      entry.mark.isDone = true;
      if (entry.isInside) inside -= 1;
    },
    goInside(list, now) {
      for (const entry of list) {
        entry.isInside = true;
        entry.since = now;
      }
      inside += list.length;
    },
    comeOut() {
      const left = insiders();
      for (const entry of left) entry.isInside = false;
      inside = 0;
      return left;
    },
    insiders,
    isIdle: () => inside === 0,
    size: () => entries.size,
    clear() {
      entries.clear();
      byDevice.clear();
      characters = 0;
      inside = 0;
    },
  };
}
