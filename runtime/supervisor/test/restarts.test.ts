import { expect, test } from '@jest/globals';
import { createRestarts } from '../restarts.ts';

test('the first three restarts are immediate, then pauses grow to half a minute', () => {
  const restarts = createRestarts();
  const pauses = Array.from({ length: 10 }, () => restarts.died(1000, true));
  expect(pauses).toEqual([0, 0, 0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
});

test('a minute of health makes good', () => {
  const restarts = createRestarts();
  for (let death = 0; death < 5; death++) restarts.died(1000, true);
  expect(restarts.areFlowsIll()).toBe(true);
  expect(restarts.died(60_000, true)).toBe(0);
  expect(restarts.areFlowsIll()).toBe(false);
});

test('a process that is killed from outside is back within a second, and its flows are not ill', () => {
  const restarts = createRestarts();
  const pauses = Array.from({ length: 20 }, () => restarts.died(10, false));
  expect(Math.max(...pauses)).toBe(1000);
  expect(restarts.areFlowsIll()).toBe(false);
});
