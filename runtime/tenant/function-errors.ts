/**
 * What Function nodes throw. Node-RED's own handling of it fails at what is no object with the usual methods (`throw null`)
 * and then never says that the message has ended: such a reason becomes an error that says so.
 */
import type { Context, Script } from 'node:vm';
import type { ScriptRunner } from './function-watch.ts';

/** Every call of a Function node leaves its promise in the context it ran in, as `results`. */
export function nameStrangeErrors(scripts: ScriptRunner): void {
  const { runInContext } = scripts;
  scripts.runInContext = function (this: Script, context: Context, options) {
    const outcome = runInContext.call(this, context, options);
    const { results } = context;
    if (outcome === results && isThenable(results)) {
      context.results = results.then(undefined, (reason) => {
        throw isOrdinary(reason) ? reason : new Error(`The function threw ${describe(reason)}`, { cause: reason });
      });
    }
    return outcome;
  };
}

interface Thenable {
  then(done: undefined, failed: (reason: unknown) => never): unknown;
}

const isThenable = (value: unknown): value is Thenable =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

const isOrdinary = (reason: unknown): boolean =>
  typeof reason !== 'object' || (reason !== null && 'hasOwnProperty' in reason);

const describe = (reason: unknown): string => (reason === null ? 'null' : 'an object without a prototype');
