import { expect, test } from '@jest/globals';
import { createRoots } from '../roots.ts';

const topic = 'acme.device-data';
const event = (offset: number, origin?: string) => {
  return { id: offset, topic, partition: 3, offset, value: '{}', ...(origin !== undefined && { origin }) };
};

test('flows descend from what they were given, and from what is older in its partition', () => {
  const roots = createRoots();
  roots.given([event(7), event(5)]);
  for (const offset of [0, 5, 7]) expect(roots.has({ topic, partition: 3, offset })).toBe(true);
});

test('not from what is still to come, another partition or another topic', () => {
  const roots = createRoots();
  roots.given([event(7)]);
  expect(roots.has({ topic, partition: 3, offset: 8 })).toBe(false);
  expect(roots.has({ topic, partition: 4, offset: 1 })).toBe(false);
  expect(roots.has({ topic: 'acme.other', partition: 3, offset: 1 })).toBe(false);
  expect(roots.has({ topic: 'other.device-data', partition: 3, offset: 1 })).toBe(false);
});

test('of what flows have published the origin is where it comes from', () => {
  const roots = createRoots();
  roots.given([event(9, 'acme.device-data/1/4/node.0')]);
  expect(roots.has({ topic, partition: 1, offset: 4 })).toBe(true);
  expect(roots.has({ topic, partition: 3, offset: 9 })).toBe(false);
});
