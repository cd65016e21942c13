/** The heads of the history: one that takes points, and one on its way into the file. Decides when which is written. */
import type { Position } from '../../bus/bus.ts';
import { portErrors } from '../../errors.ts';
import { messageOf } from '../../sqlite/failures.ts';
import { emptyHead, type Head } from './head.ts';
import { type HeadWriterNeeds, positionsOf, type Writing, writeHead } from './head-writer.ts';
import type { HeadLimits } from './operations.ts';

/** ms until a head that could not be written (disk full) is tried again. */
const retryAfter = 2000;
/** Characters of texts a head may hold. */
const maxLetters = 32 * 1024 * 1024;
/** A head is worth writing when its series have some points each, because they then share a page. */
const pointsPerSeries = 8;

export interface Heads {
  /** Takes points. Valid until the next turn. */
  readonly active: Head;
  readonly writing: Writing | undefined;
  /** Throws when the heads are full and cannot be written. */
  refuseIfStuck(): void;
  /** After an append. */
  grown(): void;
  /** Resolves when everything appended so far is durable; rejects when it cannot be. */
  flush(): Promise<void>;
  /** Throws the reason when the last attempt to write failed. */
  refuseIfFailing(): void;
  stop(): void;
}

export interface HeadsNeeds extends HeadWriterNeeds {
  readonly limits: HeadLimits;
  readonly now: () => number;
  readonly durable: (positions: Position[]) => void;
  /** Called with true when the active head is full and has to wait, with false when it is an empty one. */
  readonly full: (full: boolean) => void;
  readonly failed: (error: unknown) => void;
}

interface Waiter {
  readonly head: Head;
  resolve(): void;
  reject(error: unknown): void;
}

export function heads(needs: HeadsNeeds): Heads {
  const { limits, now, durable, full, failed } = needs;
  let active = emptyHead();
  let writing: Writing | undefined;
  let failure: unknown;
  let waiters: Waiter[] = [];
  /** Of the active head. */
  let age: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let scheduled = false;
  let stopped = false;
  let saidFull = false;

  function isFull(head: Head): boolean {
    const wanted = Math.max(limits.maxPoints, Math.min(head.columns.size * pointsPerSeries, limits.maxPoints * 4));
    return head.points >= wanted || head.letters >= maxLetters || head.origins.size >= wanted;
  }

  function begin(): void {
    clearTimeout(age);
    age = undefined;
    writing = writeHead(needs, active);
    active = emptyHead();
    if (saidFull) full(false);
    saidFull = false;
    schedule();
  }

  function schedule(): void {
    if (!scheduled) setImmediate(proceed);
    scheduled = true;
  }

  /** One slice per turn of the loop. */
  function proceed(): void {
    scheduled = false;
    if (!writing || stopped || retry) return;
    try {
      if (!step(writing)) schedule();
    } catch (error) {
      failed(error);
      retry = setTimeout(tryAgain, retryAfter);
    }
  }

  function tryAgain(): void {
    clearTimeout(retry);
    retry = undefined;
    schedule();
  }

  function step(current: Writing): boolean {
    try {
      if (!current.step(now())) return false;
    } catch (error) {
      failure = error;
      // Also those of the head behind it, which has to wait for this one.
      for (const waiter of waiters.splice(0)) waiter.reject(error);
      throw error;
    }
    failure = undefined;
    writing = undefined;
    durable(positionsOf(current.head));
    for (const waiter of waiters.filter(({ head }) => head === current.head)) waiter.resolve();
    waiters = waiters.filter(({ head }) => head !== current.head);
    if (isFull(active) || waiters.some(({ head }) => head === active)) begin();
    return true;
  }

  return {
    get active() {
      return active;
    },
    get writing() {
      return writing;
    },
    refuseIfStuck() {
      if (failure !== undefined && isFull(active)) throw failure;
    },
    grown() {
      if (!isFull(active)) age ??= setTimeout(() => (writing ? age?.refresh() : begin()), limits.maxAgeMs);
      else if (!writing) begin();
      else if (!saidFull) {
        saidFull = true;
        full(true);
      }
    },
    flush() {
      const last = active.positions.size > 0 ? active : writing?.head;
      if (!last) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiters.push({ head: last, resolve, reject });
        if (!writing) begin();
        else tryAgain();
      });
    },
    refuseIfFailing() {
      if (failure !== undefined) throw portErrors.STORE_UNAVAILABLE(messageOf(failure));
    },
    stop() {
      stopped = true;
      clearTimeout(age);
      clearTimeout(retry);
    },
  };
}
