import { expect, test } from '@jest/globals';
import { createRunawayGuard, type RunawayGuard } from '../runaway.ts';

const at = (generation: number, offset = 1) => ({
  ...{ topic: 'admin.device-data', partition: 0, offset, path: '', generation },
});

/** How many steps a chain makes until it is stopped; `steps` when it is not. */
function walk(guard: RunawayGuard, steps: number, idleMs: number, offset = 1): number {
  let generation = 0;
  for (let step = 0; step < steps; step++) {
    try {
      generation = guard.next(at(generation, offset), idleMs);
    } catch {
      return step;
    }
  }
  return steps;
}

test('a chain that never waits is stopped, also when many of them share the time', () => {
  let now = 0;
  const guard = createRunawayGuard(() => now);
  expect(walk(guard, 5000, 1)).toBe(1010);
  for (let offset = 2; offset < 50; offset++) {
    now += 60_000;
    expect(walk(guard, 5000, 1, offset)).toBe(1010);
  }
});

test('a chain with a pause in it goes on for ever', () => {
  const guard = createRunawayGuard(() => 0);
  expect(walk(guard, 50_000, 100)).toBe(50_000);
});

test('a chain of ten links a second goes on for ever, also in a process that is never idle', () => {
  let now = 0;
  const guard = createRunawayGuard(() => now);
  let generation = 0;
  for (let step = 0; step < 20_000; step++) {
    now += 100;
    generation = guard.next(at(generation), 0);
  }
  expect(generation).toBe(20_000);
});

test('one reading may reach thousands of devices over several flows', () => {
  const guard = createRunawayGuard(() => 0);
  const fanOut = () => {
    for (let n = 0; n < 50_000; n++) guard.next(at(5), 1);
  };
  expect(fanOut).not.toThrow();
});

test('a flow that multiplies at every step is stopped though it never gets deep', () => {
  const guard = createRunawayGuard(() => 0);
  const multiply = () => {
    for (let n = 0; n < 2000; n++) guard.next(at(17), 1);
  };
  expect(multiply).toThrow('Runaway loop');
});
