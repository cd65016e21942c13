import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { passwords } from '../password.ts';

test('a password matches its own hash and no other', async () => {
  const { hash, matches } = passwords(randomBytes);
  const kept = await hash('secret');
  expect(kept).toMatchObject({ n: 32_768, r: 8, p: 1 });
  expect(await matches('secret', kept)).toBe(true);
  expect(await matches('Secret', kept)).toBe(false);
});

test('without a hash the same work is done, and nothing matches', async () => {
  const works: { password: string; saltBytes: number; n: number; r: number; p: number }[] = [];
  const { hash, matches } = passwords(randomBytes, async (password, salt, { n, r, p }) => {
    works.push({ password, saltBytes: salt.length, n, r, p });
    return Buffer.alloc(32);
  });
  const kept = await hash('secret');
  works.length = 0;
  expect(await matches('guess', kept)).toBe(true);
  expect(await matches('guess', undefined)).toBe(false);
  expect(works).toHaveLength(2);
  expect(works[1]).toEqual(works[0]);
});

test('a flood is refused beyond what may wait, and the rest is served', async () => {
  const { matches } = passwords(randomBytes);
  const cheap = { n: 1024, r: 8, p: 1, salt: 'c2FsdA==', hash: Buffer.alloc(32).toString('base64') };
  const answers = await Promise.allSettled(Array.from({ length: 70 }, () => matches('x', cheap)));
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(4);
  expect(refused[0]).toMatchObject({ reason: { code: 'BUSY', status: 503 } });
  expect(await matches('x', cheap)).toBe(false);
});
