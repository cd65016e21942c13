import type { Path } from './path.ts';
import type { EventSource, Execution, Turns } from './platform.ts';
import { type Limits, StepCount } from './step-limits.ts';

/** One thing to do in an execution: a hop of a kit node, or handing a message to a node of Node-RED. */
export interface Step {
  /** Does it; a promise that never rejects when it takes longer than this turn. */
  begin(): Promise<void> | undefined;
}

/** What bounds a run. */
export interface Bounds {
  readonly limits: Limits;
  readonly turns: Turns;
}

/** For runs that nobody waits behind: they go as far as they can at once. */
export const oneTurn: Turns = { hasTime: () => true, later: (act) => void setImmediate(act) };

/** Steps after which a run asks for the time: asking costs as much as a small step. */
const stepsPerLook = 16;

const ignore = () => undefined;

/** An execution with its queue of steps. Only the scheduler sees more of it than `Execution`. */
export class Run implements Execution {
  readonly source: EventSource;
  errors = 0;
  isOver = false;
  readonly #count: StepCount;
  readonly #bounds: Bounds;
  /** Steps until it asks for the time. */
  #untilLook = stepsPerLook;
  #ended: (execution: Execution) => void;
  #busy = false;
  #sealed = false;
  #held = 0;
  /** How many of the holds are parked. */
  #parked = 0;
  #onParked: () => void;
  #steps: Step[] = [];
  #next = 0;
  /** First hops: one begins when the sub-tree of the one before has ended (contract §7). */
  #firstSteps: Step[] = [];

  constructor(
    source: EventSource,
    ended: (execution: Execution) => void,
    bounds: Bounds,
    count = new StepCount(bounds.limits),
    parked: () => void = ignore,
  ) {
    this.source = source;
    this.#ended = ended;
    this.#onParked = parked;
    this.#bounds = bounds;
    this.#count = count;
  }

  /**
   * A run for what comes of this one after its end: from the same source, their steps counted together. It ends with the
   * last thing it is held for.
   */
  successor(): Run {
    this.#count.goOn();
    const run = new Run(this.source, ignore, this.#bounds, this.#count);
    run.#sealed = true;
    return run;
  }

  hold(): void {
    this.#held++;
  }

  release(): void {
    this.#held--;
    this.#settle();
  }

  park(): void {
    this.#parked++;
    this.#settle();
  }

  unpark(): void {
    this.#parked--;
  }

  countError(): void {
    this.errors++;
  }

  stepTo(nodeId: string, from: Path | undefined): Path | undefined {
    return this.#count.next(from, nodeId);
  }

  enter(path: Path): boolean {
    return this.#count.enter(path);
  }

  add(step: Step): void {
    this.#steps.push(step);
  }

  addFirst(step: Step): void {
    this.#firstSteps.push(step);
  }

  seal(): void {
    this.#sealed = true;
    this.#settle();
  }

  /** Runs what is queued; goes on by itself after a step that takes longer, and when the turn has been long enough. */
  drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    for (let step = this.#take(); step !== undefined; step = this.#take()) {
      const pending = step.begin();
      if (pending !== undefined) {
        pending.then(() => this.#resumeInTime());
        return;
      }
      if (--this.#untilLook === 0) {
        this.#untilLook = stepsPerLook;
        if (!this.#bounds.turns.hasTime()) {
          this.#bounds.turns.later(() => this.#resume());
          return;
        }
      }
    }
    this.#busy = false;
    this.#settle();
  }

  #resumeInTime(): void {
    const { turns } = this.#bounds;
    if (turns.hasTime()) this.#resume();
    else turns.later(() => this.#resume());
  }

  #resume(): void {
    this.#busy = false;
    this.drain();
  }

  #take(): Step | undefined {
    if (this.#next < this.#steps.length) return this.#steps[this.#next++];
    if (this.#next > 0) {
      this.#steps = [];
      this.#next = 0;
    }
    return this.#firstSteps.shift();
  }

  #settle(): void {
    const isIdle = !this.#busy && this.#next === this.#steps.length && this.#firstSteps.length === 0;
    if (!isIdle || !this.#sealed || this.#held > this.#parked || this.isOver) return;
    if (this.#held > 0) this.#tellParked();
    else this.#end();
  }

  #tellParked(): void {
    const parked = this.#onParked;
    this.#onParked = ignore;
    parked();
  }

  #end(): void {
    this.isOver = true;
    const ended = this.#ended;
    // A timer may remember this run for long: not what waited for its end.
    this.#ended = ignore;
    this.#onParked = ignore;
    ended(this);
  }
}
