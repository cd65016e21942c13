import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { createTurns } from '../turns.ts';

/** Does the work and notes what was done in each turn of the event loop until all of it is. */
async function turnsOf(count: number, costMs: number): Promise<number[][]> {
  let now = 0;
  const turns = createTurns(() => now);
  const done: number[][] = [[]];
  for (let n = 0; n < count; n++) {
    turns.later(() => {
      now += costMs;
      done.at(-1)?.push(n);
    });
  }
  while (done.flat().length < count) {
    await new Promise((resolve) => setImmediate(resolve));
    done.push([]);
  }
  return done.filter((turn) => turn.length > 0);
}

test('much work is done in slices of 20 ms, in order', async () => {
  expect(await turnsOf(12, 5)).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
  ]);
});

test('work that costs more than a slice is done alone', async () => {
  expect(await turnsOf(3, 1000)).toEqual([[0], [1], [2]]);
});

test('a turn is over when its time is, and the next one has time again', async () => {
  let now = 0;
  const turns = createTurns(() => now);
  expect(turns.hasTime()).toBe(true);
  now = 20;
  expect(turns.hasTime()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns.hasTime()).toBe(true);
});

test('the microtasks of one are done before the next', async () => {
  const turns = createTurns(() => 0);
  const order: string[] = [];
  turns.later(() => void Promise.resolve().then(() => order.push('microtask of the first')));
  turns.later(() => order.push('second'));
  await new Promise<void>((resolve) => turns.later(resolve));
  expect(order).toEqual(['microtask of the first', 'second']);
});

test('work does not inherit the context in which it was put off', async () => {
  const context = new AsyncLocalStorage<string>();
  const turns = createTurns(() => 0);
  const seen = await new Promise((resolve) =>
    context.run('inner', () => turns.later(() => resolve(context.getStore()))),
  );
  expect(seen).toBeUndefined();
});
