import { expect, test } from '@jest/globals';
import { createWindow } from '../window.ts';

const arrival = (offset: number, key = `device ${offset}`, value = '{}') => ({
  message: { topic: 'admin.device-data', partition: 0, offset, key, value, headers: {}, timestamp: 0 },
  mark: { offset, isDone: false },
});
const arrivals = (count: number, value?: string) => Array.from({ length: count }, (_, n) => arrival(n, `d${n}`, value));

test('what has no room waits, and enters when something ended', () => {
  const window = createWindow(2);
  const { entered, waiting } = window.letIn(arrivals(3));
  expect([entered.length, waiting.length, window.size()]).toEqual([2, 1, 2]);
  for (const entry of entered.slice(0, 1)) window.end(entry);
  expect(window.letIn(waiting).entered.map(({ mark }) => mark.offset)).toEqual([2]);
});

test('of one device nothing passes what waits', () => {
  const window = createWindow(10);
  const { entered, waiting } = window.letIn([arrival(1, 'a'), arrival(2, 'a'), arrival(3, 'b'), arrival(4, 'a')]);
  expect(entered.map(({ mark }) => mark.offset)).toEqual([1, 3]);
  expect(waiting.map(({ mark }) => mark.offset)).toEqual([2, 4]);
});

test('what ends after the window was cleared leaves its bounds as they are', () => {
  const long = 'x'.repeat(512 * 1024);
  const window = createWindow(100);
  const { entered } = window.letIn(arrivals(3, long));
  window.goInside(entered, 0);
  window.clear();
  for (const entry of entered) window.end(entry);
  expect(window.isIdle()).toBe(true);
  expect(window.letIn(arrivals(40, long)).entered).toHaveLength(32);
});

test('an entry ends once', () => {
  const window = createWindow(10);
  const { entered } = window.letIn(arrivals(2));
  window.goInside(entered, 5);
  for (const entry of [...entered.slice(0, 1), ...entered.slice(0, 1)]) window.end(entry);
  expect([window.isIdle(), window.size()]).toEqual([false, 1]);
  expect(window.comeOut().map(({ since, isInside }) => [since, isInside])).toEqual([[5, false]]);
});
