/**
 * The time limit of Function nodes. V8 watches a call with a thread of its own, which makes each a hundred times as
 * expensive (80 µs instead of 1), while code that loops for ever mostly does so at its first messages. So only the first
 * runs of a node are watched. One that loops later costs the process: it does not answer and is ended. The next process
 * watches again, and the message that made it loop ends as an error of the node.
 */
import type { Context, RunningCodeInNewContextOptions, Script } from 'node:vm';

/** Runs of a node that are watched, counted from its last deploy. */
const watchedRuns = 1000;

/** As much of `vm.Script.prototype` as Function nodes use. */
export interface ScriptRunner {
  runInContext(this: Script, context: Context, options?: RunningCodeInNewContextOptions): unknown;
}

/**
 * `limitMs`: the limit Node-RED gives to nodes that have none of their own, and only that is lifted. It holds for scripts to
 * which Node-RED gives none at all, too: what a Function node does on start.
 */
export function watchFirstRuns(scripts: ScriptRunner, limitMs: number): void {
  const runs = new WeakMap<Script, number>();
  const { runInContext } = scripts;
  scripts.runInContext = function (context, options) {
    // A limit that somebody has set on the node itself comes with `breakOnSigint`.
    const { timeout = limitMs, breakOnSigint = false } = options ?? {};
    if (timeout !== limitMs || breakOnSigint) return runInContext.call(this, context, options);
    const run = (runs.get(this) ?? 0) + 1;
    if (run > watchedRuns) return runInContext.call(this, context);
    runs.set(this, run);
    return runInContext.call(this, context, { ...options, timeout });
  };
}
