/**
 * Stops flows that trigger themselves without end. That a flow triggers itself is allowed and used, a chain with a pause
 * in it may go on for ever (a clock), and one reading may fan out to thousands of devices (contract flows-and-nodes §7
 * "loops"). What no real flow does is descend from itself a thousand times a minute without ever waiting, or multiply while
 * it descends. So the generation counts only flows that answered at once, and a publication is refused when it is more than
 * 10 generations away from the last pause or the root, and one of more than 1,000 such descendants of one message within a
 * minute: a chain that is slower is a clock, though no pause may be seen of it in a process that is never idle.
 *
 * The branch ends with that error. Descendants are counted in a sketch of fixed size: a million roots cost no memory, and
 * two that share both their cells count together.
 */
import type { Descent } from './origin.ts';

/** A flow that publishes so much idle time after its event began, ms, has waited on purpose. */
const pauseMs = 100;
const deep = 10;
const mostDeepDescendants = 1_000;
const windowMs = 60_000;
const cells = 1 << 14;

export interface RunawayGuard {
  /**
   * The generation of what an event causes after so much idle time, ms, waiting for the platform not included. Throws when
   * there were too many.
   */
  next(descent: Descent, idleMs: number): number;
}

/** `now`: ms, growing. */
export function createRunawayGuard(now: () => number): RunawayGuard {
  const first = new Uint32Array(cells);
  const second = new Uint32Array(cells);
  let windowEnds = 0;

  function count({ topic, partition, offset }: Descent): number {
    if (now() >= windowEnds) {
      first.fill(0);
      second.fill(0);
      windowEnds = now() + windowMs;
    }
    const root = `${topic}/${partition}/${offset}`;
    return Math.min(countIn(first, hash(root, 0x811c9dc5)), countIn(second, hash(root, 0x2f0b4c47)));
  }

  return {
    next(descent, idleMs) {
      const generation = idleMs < pauseMs ? descent.generation + 1 : 1;
      if (generation <= deep) return generation;
      if (count(descent) > mostDeepDescendants) {
        throw new Error('Runaway loop: this flow triggers itself without end');
      }
      return generation;
    },
  };
}

function countIn(row: Uint32Array, cell: number): number {
  const count = (row[cell] ?? 0) + 1;
  row[cell] = count;
  return count;
}

/** FNV-1a with a chosen beginning. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state ^ (state >>> 15)) & (cells - 1);
}
