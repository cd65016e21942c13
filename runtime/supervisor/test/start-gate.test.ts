import { expect, test } from '@jest/globals';
import { createStartGate } from '../start-gate.ts';

test('only so many are inside at a time, and who gave up its turn never begins', async () => {
  const gate = createStartGate(2);
  const begun: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string) =>
    gate.enter((leaves) => {
      begun.push(name);
      leave.set(name, leaves);
    });
  enter('a');
  enter('b');
  const giveUp = enter('c');
  enter('d');
  enter('e');
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b']);
  giveUp();
  leave.get('b')?.();
  leave.get('b')?.();
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b', 'd']);
  leave.get('a')?.();
  expect(begun).toEqual(['a', 'b', 'd', 'e']);
});
