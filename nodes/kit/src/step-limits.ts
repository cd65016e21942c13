/**
 * Ends runaway loops (contract flows-and-nodes §7 "loops"). What no real flow does is go round in circles for thousands of
 * steps without a pause, whether one message circles or each lap makes more of them. Steps that lead along no circle are
 * the flow's own design and have a limit only against what cannot be meant, such as five splits in a row.
 */
import { idleTime } from './idle-time.ts';
import { onward, type Path } from './path.ts';

export interface Limits {
  /** Steps of one execution. */
  readonly steps: number;
  /** Those among them that a message makes once it has come to a node again. */
  readonly roundSteps: number;
  /** ms, growing. */
  readonly now: () => number;
  /** ms in which the process had nothing to do, growing. */
  readonly idle: () => number;
}

/** The clocks of this process. */
export const clocks: Pick<Limits, 'now' | 'idle'> = { now: () => performance.now(), idle: idleTime };

/** A node in a circle that sends so much idle time after it got the message, ms, has waited on purpose: a clock, a poll. */
const pauseMs = 100;
/** So many steps per ms are no runaway, whatever pauses they have: in a process that is never idle none can be seen. */
const harmlessRate = 0.1;
/** Steps that follow from the error of a runaway: a catch node tells somebody of it. */
const afterwards = 1000;

export class StepCount {
  readonly #limits: Limits;
  #steps = 0;
  #roundSteps = 0;
  #afterwards = 0;
  #isOver = false;
  /** When it went on last, in idle time, ms. */
  #wentOn: number | undefined;
  /** Since when it has gone round, or some of that is forgotten, ms. */
  #since: number | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Counts a step. The first that is too many is made and ends at its node with `refusal`: one error tells of all. After
   * that it is undefined: no more steps are made.
   */
  next(from: Path | undefined, nodeId: string): Path | undefined {
    const path = onward(this.#hasPaused(from) ? undefined : from, nodeId);
    if (path.course === 'afterwards') return ++this.#afterwards > afterwards ? undefined : path;
    if (this.#isOver) return undefined;
    this.#steps++;
    if (path.course === 'round') {
      this.#roundSteps++;
      this.#since ??= this.#limits.now();
    }
    path.refusal = this.#excess();
    this.#isOver = path.refusal !== undefined;
    return path;
  }

  /** Called when a node is about to get a message that came this way; false when the limit was met meanwhile. */
  enter(path: Path): boolean {
    if (path.course === 'round') path.since = this.#limits.idle();
    return !this.#isOver || path.refusal !== undefined || path.course === 'afterwards';
  }

  /** Called when something comes of an execution after its end: that of a timer, each with a pause, has no end. */
  goOn(): void {
    const idle = this.#limits.idle();
    if (this.#wentOn === undefined || idle - this.#wentOn >= pauseMs) this.#forgetAll();
    this.#wentOn = idle;
  }

  #excess(): Error | undefined {
    const { steps, roundSteps } = this.#limits;
    if (this.#steps <= steps && this.#roundSteps <= roundSteps) return undefined;
    this.#forgetHarmless();
    if (this.#roundSteps > roundSteps) return runaway(`went round for more than ${roundSteps} steps`);
    return this.#steps > steps ? runaway(`caused more than ${steps} steps`) : undefined;
  }

  #hasPaused(from: Path | undefined): boolean {
    if (from?.since === undefined || this.#limits.idle() - from.since < pauseMs) return false;
    this.#forgetAll();
    return true;
  }

  /** Only of a loop: many steps that lead along no circle are no clock. */
  #forgetHarmless(): void {
    if (this.#since === undefined) return;
    const now = this.#limits.now();
    const harmless = Math.floor((now - this.#since) * harmlessRate);
    this.#steps = Math.max(0, this.#steps - harmless);
    this.#roundSteps = Math.max(0, this.#roundSteps - harmless);
    this.#since = now;
  }

  #forgetAll(): void {
    this.#steps = 0;
    this.#roundSteps = 0;
    this.#since = undefined;
  }
}

function runaway(what: string): Error {
  return new Error(`Runaway loop: one message ${what}`);
}
