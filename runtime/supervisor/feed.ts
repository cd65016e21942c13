/**
 * The way of a tenant's bus messages into its process and of its acknowledgements back: a bounded window, offsets that
 * move only behind what has ended, everything again after a death, and nobody twice who kills.
 */

import { headers } from '../../contract/headers.ts';
import type { Batch, Message, Position } from '../../platform-services/kit/bus/bus.ts';
import type { FlowEvent } from '../protocol/messages.ts';
import { createSuspects } from './suspects.ts';
import { createWatermark } from './watermark.ts';
import { createWindow, type Entry } from './window.ts';

interface Needs {
  /** Most messages in the window. */
  readonly window: number;
  /** Longest time a message may take inside the process, ms. The process keeps it itself; here it is not taken at its word. */
  readonly leaseMs: number;
  /** ms, growing. */
  readonly now: () => number;
  /** Stores positions; the next call waits for it; never rejects. */
  readonly commit: (positions: readonly Position[]) => Promise<void>;
  /** Stores a message that killed the process too often where somebody can look at it; never rejects. */
  readonly setAside: (message: Message) => Promise<void>;
}

/** A process that takes events. */
export interface Sink {
  readonly give: (events: readonly FlowEvent[]) => void;
  /** Resolves when its event loop has turned: it does not hang on what it was given. */
  readonly answers: () => Promise<void>;
}

export interface Feed {
  /** Takes a batch of the bus; resolves when all of it has found room in the window. */
  take(batch: Batch): Promise<void>;
  /** A process takes events: first all that did not end in the one before, in their order. */
  connect(sink: Sink): void;
  /** The process is gone. `died`: not stopped by us; `byItself`: nobody else killed it. */
  disconnect(end: { readonly died: boolean; readonly byItself: boolean }): void;
  /** The process says these have ended. Ids it does not have are ignored; returns how many were its own. */
  ended(ids: readonly number[]): number;
  /** The process has been well for long. */
  acquit(): void;
  /** Messages in the window. */
  size(): number;
  /** Ends what the process has kept for more than two leases; returns how many there were. */
  sweep(): number;
  /** Forgets everything and passes over what comes: the flows are gone. `open` begins anew. */
  dismiss(): void;
  open(): void;
  /** Feeds nothing more; resolves when nothing is inside the process, or the time is over, and positions are stored. */
  drain(longestMs: number): Promise<void>;
}

/** Characters in what is given to the process at once. */
const handfulCharacters = 1024 * 1024;

export function createFeed({ window: most, leaseMs, now, commit, setAside }: Needs): Feed {
  const window = createWindow(most);
  let suspects = createSuspects<Entry>(leaseMs);
  let watermark = createWatermark();
  /** Taken and not yet given to a process. */
  let fresh: Entry[] = [];
  let sink: Sink | undefined;
  /** The suspect that has the process for itself, and the end of its slot. */
  let alone: Entry | undefined;
  let slot: NodeJS.Timeout | undefined;
  /** Handlers that wait for room. */
  let room: (() => void)[] = [];
  let committing: Promise<void> | undefined;
  /** Set while nothing is taken; batches wait for it and are passed over. */
  let closed: Promise<void> | undefined;
  let emptied: (() => void) | undefined;

  function pump(): void {
    if (!sink || closed || alone) return;
    const suspect = suspects.next();
    if (suspect) {
      alone = suspect;
      slot = setTimeout(offerEnd, suspects.slotMs(), suspect, sink);
      give([suspect], sink);
    } else if (fresh.length > 0) {
      const list = fresh;
      fresh = [];
      give(list, sink);
    }
  }

  /** Who hangs the process keeps it for itself until it is killed; who is merely slow does not. */
  function offerEnd(suspect: Entry, to: Sink): void {
    void to.answers().then(() => {
      if (alone === suspect && sink === to) endSlot();
    });
  }

  function endSlot(): void {
    clearTimeout(slot);
    alone = undefined;
    pump();
  }

  function give(list: readonly Entry[], to: Sink): void {
    window.goInside(list, now());
    for (const handful of handfuls(list)) to.give(handful.map(eventOf));
  }

  /** Ends one that is inside, and its slot if it had one. */
  function endInside(entry: Entry): void {
    window.end(entry);
    if (entry === alone) endSlot();
  }

  /** After messages ended: moves offsets and lets new ones in. */
  function advance(): void {
    committing ??= commitMoved().finally(() => {
      committing = undefined;
    });
    tellRoom();
    if (window.isIdle()) emptied?.();
  }

  async function commitMoved(): Promise<void> {
    for (let moved = watermark.moved(); moved.length > 0; moved = watermark.moved()) await commit(moved);
  }

  /** There may be room. Each time another partition is the first to take it. */
  function tellRoom(): void {
    const [first, ...others] = room;
    room = [];
    for (const wake of others) wake();
    first?.();
  }

  async function putAside(entry: Entry): Promise<void> {
    await setAside(entry.message);
    window.end(entry);
    advance();
  }

  return {
    async take({ messages }) {
      // Nothing is lost: positions move only by `commit`, so what is passed over comes again or is not wanted.
      if (closed) return closed;
      let waiting = messages.map((message) => ({ message, mark: watermark.take(message) }));
      for (;;) {
        const result = window.letIn(waiting);
        fresh.push(...result.entered);
        waiting = result.waiting;
        pump();
        if (waiting.length === 0) return;
        await new Promise<void>((wake) => room.push(wake));
        if (closed) return closed;
      }
    },
    connect(to) {
      sink = to;
      pump();
    },
    disconnect({ died, byItself }) {
      sink = undefined;
      clearTimeout(slot);
      alone = undefined;
      const left = window.comeOut();
      if (died) {
        const guilty = suspects.accuse(left, byItself);
        if (guilty) void putAside(guilty);
      } else {
        fresh = [...left, ...fresh];
      }
      emptied?.();
    },
    ended(ids) {
      let own = 0;
      for (const id of ids) {
        const entry = window.get(id);
        if (!entry?.isInside) continue;
        own += 1;
        endInside(entry);
      }
      if (own > 0) advance();
      return own;
    },
    sweep() {
      const oldest = now() - 2 * leaseMs;
      const late = window.insiders().filter(({ since }) => since < oldest);
      for (const entry of late) endInside(entry);
      if (late.length > 0) advance();
      return late.length;
    },
    acquit: () => suspects.acquit(),
    size: window.size,
    dismiss() {
      closed = Promise.resolve();
      clearTimeout(slot);
      alone = undefined;
      window.clear();
      fresh = [];
      suspects = createSuspects(leaseMs);
      watermark = createWatermark();
      tellRoom();
    },
    open() {
      closed = undefined;
    },
    async drain(longestMs) {
      const empty = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, longestMs);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      closed = empty;
      clearTimeout(slot);
      tellRoom();
      if (window.isIdle()) emptied?.();
      await empty;
      await committing;
    },
  };
}

/** Cuts a list so that no part is long: one line of the channel is bounded, and parsed in one go. */
function handfuls(list: readonly Entry[]): Entry[][] {
  const parts: Entry[][] = [];
  let length = handfulCharacters;
  for (const entry of list) {
    if (length >= handfulCharacters) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(entry);
    length += entry.message.value.length;
  }
  return parts;
}

function eventOf({ id, message }: Entry): FlowEvent {
  const { topic, partition, offset, value } = message;
  const origin = message.headers[headers.origin];
  const generation = message.headers[headers.generation];
  return { id, topic, partition, offset, value, ...(origin && { origin }), ...(generation && { generation }) };
}
