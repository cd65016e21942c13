/**
 * Ends runaway loops (contract flows-and-nodes §7 "loops"). What no real flow does is go round in circles for thousands of
 * steps without a pause, whether one message circles or each lap makes more of them. Steps that lead along no circle are
 * the flow's own design and have a limit only against what cannot be meant, such as five splits in a row.
 */
import { onward, type Path } from './path.ts';

export interface Limits {
  /** Steps of one execution. */
  readonly steps: number;
  /** Those among them that a message makes once it has come to a node again. */
  readonly roundSteps: number;
  /** ms, growing; see `pauseClock`. */
  readonly now: () => number;
}

/** A node in a circle that sends this long after it got the message, ms, has waited on purpose: a clock, a poll. */
const pauseMs = 100;
/** Steps that follow from the error of a runaway: a catch node tells somebody of it. */
const afterwards = 1000;

export class StepCount {
  readonly #limits: Limits;
  #steps = 0;
  #roundSteps = 0;
  #afterwards = 0;
  #isOver = false;
  /** When it went on last, ms. */
  #wentOn: number | undefined;

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
    if (path.course === 'round') this.#roundSteps++;
    path.refusal = this.#excess();
    this.#isOver = path.refusal !== undefined;
    return path;
  }

  /** Called when a node is about to get a message that came this way; false when the limit was met meanwhile. */
  enter(path: Path): boolean {
    if (path.course === 'round') path.since = this.#limits.now();
    return !this.#isOver || path.refusal !== undefined || path.course === 'afterwards';
  }

  /** Called when something comes of an execution after its end: that of a timer, each with a pause, has no end. */
  goOn(): void {
    const now = this.#limits.now();
    if (this.#wentOn === undefined || now - this.#wentOn >= pauseMs) this.#forget();
    this.#wentOn = now;
  }

  #excess(): Error | undefined {
    const { steps, roundSteps } = this.#limits;
    if (this.#roundSteps > roundSteps) return runaway(`went round for more than ${roundSteps} steps`);
    return this.#steps > steps ? runaway(`caused more than ${steps} steps`) : undefined;
  }

  #hasPaused(from: Path | undefined): boolean {
    if (from?.since === undefined || this.#limits.now() - from.since < pauseMs) return false;
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#steps = 0;
    this.#roundSteps = 0;
  }
}

function runaway(what: string): Error {
  return new Error(`Runaway loop: one message ${what}`);
}
