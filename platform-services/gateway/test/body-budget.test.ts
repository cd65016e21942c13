import { expect, test } from '@jest/globals';
import { bodyBudget } from '../body-budget.ts';
import { gatheredBytes } from '../gathered-bytes.ts';

const refused = expect.objectContaining({ code: 'TOO_MANY_BODIES', status: 429 });

test('nobody holds more than is left for the others, who always find room', () => {
  const budget = bodyBudget(1200);
  const [one, again, other, third] = ['greedy', 'greedy', 'other', 'third'].map((owner) => budget.open(owner));
  one?.take(400);
  again?.take(200);
  expect(() => one?.take(1)).toThrow(refused);
  other?.take(300);
  expect(() => other?.take(1)).toThrow(refused);
  third?.take(150);
});

test('what a request took is free again when it has been answered', () => {
  const budget = bodyBudget(1000);
  const first = budget.open('acme');
  first.take(500);
  expect(() => budget.open('acme').take(500)).toThrow(refused);
  first.close();
  first.close();
  budget.open('acme').take(500);
  expect(() => budget.open('acme').take(1)).toThrow(refused);
});

test('a body takes no more memory than was announced or is allowed, however it is cut', () => {
  const taken = (limit: number, expected: number | undefined, chunk: number, count: number) => {
    const sizes: number[] = [];
    const share = { take: (bytes: number) => void sizes.push(bytes), close: () => undefined };
    const body = gatheredBytes(limit, expected, share);
    for (let sent = 0; sent < count; sent += 1) body.add(Buffer.alloc(chunk, sent % 251));
    expect(body.all()).toEqual(
      Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.alloc(chunk, index % 251))),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  expect(taken(1_000_000, 57, 1, 57)).toBe(57);
  expect(taken(1_000_000, undefined, 1, 9000)).toBe(16_384);
  expect(taken(100_000, undefined, 1000, 100)).toBe(100_000);
  expect(taken(100_000, undefined, 1, 0)).toBe(0);
});
