import { expect, test } from '@jest/globals';
import { lanes, platformLane } from '../lanes.ts';

const all = (names: ReturnType<typeof lanes<string>>) => {
  const taken: string[] = [];
  for (let name = names.take(); name !== undefined; name = names.take()) taken.push(name);
  return taken.join(' ');
};

test('take turns, and each stays in order', () => {
  const waiting = lanes<string>();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) waiting.add(name.slice(0, 1), name);
  expect(all(waiting)).toBe('a1 b1 c1 a2 b2 a3 a4');
  expect(waiting.take()).toBeUndefined();
});

test('let who comes later wait for one turn of each of the others', () => {
  const waiting = lanes<string>();
  for (let n = 0; n < 1000; n += 1) waiting.add('a', `a${n}`);
  waiting.take();
  waiting.add('b', 'b');
  expect([waiting.take(), waiting.take(), waiting.take()]).toEqual(['a1', 'b', 'a2']);
});

test('let the platform pass', () => {
  const waiting = lanes<string>();
  for (const name of ['a1', 'b1', 'a2']) waiting.add(name.slice(0, 1), name);
  waiting.add(platformLane, 'ping');
  expect(all(waiting)).toBe('ping a1 b1 a2');
});
