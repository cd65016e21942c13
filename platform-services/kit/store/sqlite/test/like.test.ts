import { expect, test } from '@jest/globals';
import { likeMatcher } from '../like.ts';

test('a pattern of many runs does not try every combination', () => {
  const text = 'a'.repeat(200);
  expect(likeMatcher('%a'.repeat(60))(text)).toBe(true);
  expect(likeMatcher(`${'%a'.repeat(60)}%b`)(text)).toBe(false);
});

test.each(['^', '$', '.*', '+', '(', ')', '[a]', '{2}', '|', '/', '-', ' ', '\n', '😀'])(
  '%j stands for itself',
  (text) => {
    expect(likeMatcher(`%${text}`)(`a${text}`)).toBe(true);
    expect(likeMatcher(text)(text)).toBe(true);
    expect(likeMatcher(text)(`${text}a`)).toBe(false);
  },
);
