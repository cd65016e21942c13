/**
 * Work in slices: however much there is to do, the event loop gets to its sockets every few slices of 20 ms. Otherwise a
 * process with much work looks dead to its supervisor, which hears no answer to its pings. Each piece of work that was put
 * off is an immediate of its own, so that the microtasks of one are done before the next begins, as between Node-RED's
 * nodes.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Turns } from '@dojot/node-kit';

const sliceMs = 20;
/** Immediates scheduled for one turn of the event loop at most: those that find no time left cost little, but not nothing. */
const mostPerTurn = 500;
/** Pieces that were done and still take up room. */
const mostDone = 5000;

export interface TenantTurns extends Turns {
  /** True when there is time and nothing waits: what would be done now passes nothing that was put off. */
  isFree(): boolean;
}

/** `now`: ms, growing. */
export function createTurns(now: () => number): TenantTurns {
  /** Work must not inherit the context of what ran when it was put off. */
  const outside = AsyncLocalStorage.snapshot();
  let waiting: (() => void)[] = [];
  let next = 0;
  /** Immediates that have not run yet. */
  let scheduled = 0;
  let isOpen = false;
  let sliceEnds = 0;

  function close(): void {
    isOpen = false;
  }

  function hasTime(): boolean {
    if (!isOpen) {
      isOpen = true;
      sliceEnds = now() + sliceMs;
      setImmediate(close);
    }
    return now() < sliceEnds;
  }

  function schedule(): void {
    if (scheduled >= mostPerTurn || scheduled >= waiting.length - next) return;
    scheduled++;
    setImmediate(outside, work);
  }

  function work(): void {
    scheduled--;
    const act = hasTime() ? take() : undefined;
    // First, because the work may throw.
    schedule();
    act?.();
  }

  function take(): (() => void) | undefined {
    const taken = waiting[next];
    next++;
    // What was done is let go of, at once when nothing is left.
    if (next === waiting.length || next === mostDone) {
      waiting = waiting.slice(next);
      next = 0;
    }
    return taken;
  }

  return {
    hasTime,
    isFree: () => waiting.length === 0 && hasTime(),
    later(act) {
      waiting.push(act);
      schedule();
    },
  };
}
