import { createContext, Script } from 'node:vm';
import { expect, test } from '@jest/globals';
import { type ScriptRunner, watchFirstRuns } from '../function-watch.ts';

/** The options each run was made with. */
function watched(): { readonly script: Script; readonly seen: unknown[]; run(options?: object): unknown } {
  const seen: unknown[] = [];
  const runner: ScriptRunner = {
    runInContext(context, options) {
      seen.push(options);
      return Script.prototype.runInContext.call(this, context, options);
    },
  };
  watchFirstRuns(runner, 1500);
  const script = new Script('1 + 1');
  const context = createContext({});
  return { script, seen, run: (options) => runner.runInContext.call(script, context, options) };
}

test('the limit of all holds for the first thousand runs', () => {
  const { seen, run } = watched();
  for (let n = 0; n < 1001; n++) expect(run({ timeout: 1500 })).toBe(2);
  expect(seen.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, () => ({ timeout: 1500 })));
  expect(seen[1000]).toBeUndefined();
});

test('a limit of its own holds for ever', () => {
  const { seen, run } = watched();
  const own = { timeout: 1500, breakOnSigint: true };
  for (let n = 0; n < 1001; n++) run(own);
  run({ timeout: 20 });
  expect(seen.slice(1000)).toEqual([own, { timeout: 20 }]);
});

test('the limit of all holds for what has none', () => {
  const { seen, run } = watched();
  run();
  run({ filename: 'on start' });
  expect(seen).toEqual([{ timeout: 1500 }, { filename: 'on start', timeout: 1500 }]);
});
