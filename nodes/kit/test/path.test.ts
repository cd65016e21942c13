import { describe, expect, test } from '@jest/globals';
import { onward, type Path } from '../src/path.ts';

/** The way along these nodes. */
const along = (nodes: Iterable<string>): Path[] => {
  const way: Path[] = [];
  for (const node of nodes) way.push(onward(way.at(-1), node));
  return way;
};

/** Nodes of a tail and then a circle, for ever. */
function* loop(tail: number, length: number): Generator<string> {
  for (let n = 0; n < tail; n++) yield `tail${n}`;
  for (let n = 0; ; n++) yield `circle${n % length}`;
}

describe('a circle is seen', () => {
  const shapes = [1, 2, 3, 5, 8, 17, 100].flatMap((length) => [0, 1, 2, 7, 40].map((tail) => [length, tail] as const));

  test.each(shapes)('of %d nodes behind %d others', (length, tail) => {
    const way = along(
      loop(tail, length)
        [Symbol.iterator]()
        .take(2 * tail + 3 * length + 1),
    );
    expect(way.slice(0, tail + length).every(({ course }) => course === 'straight')).toBe(true);
    expect(way.at(-1)?.course).toBe('round');
  });
});

test('a way of a thousand nodes is no circle, a longer one is taken for one', () => {
  const way = along(Array.from({ length: 1001 }, (_, n) => `n${n}`));
  expect(way.findIndex(({ course }) => course === 'round')).toBe(1000);
});

test('what follows from a refusal is told apart', () => {
  const way = onward(undefined, 'a');
  way.refusal = new Error('no');
  expect(onward(onward(way, 'a'), 'a').course).toBe('afterwards');
});
