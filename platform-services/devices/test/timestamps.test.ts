import { expect, test } from '@jest/globals';
import { formatMicroseconds, timestamps } from '../timestamps.ts';

test('counts microseconds while the clock stands still or goes back', () => {
  const times = [1000, 1000, 999, 1001];
  const now = timestamps({ now: () => times.shift() ?? 0 });
  expect([now(), now(), now(), now()]).toEqual([
    '1970-01-01T00:00:01+00:00',
    '1970-01-01T00:00:01.000001+00:00',
    '1970-01-01T00:00:01.000002+00:00',
    '1970-01-01T00:00:01.001000+00:00',
  ]);
});

test('has no fraction on a whole second', () => {
  expect(formatMicroseconds(Date.parse('2024-03-01T09:15:42Z') * 1000)).toBe('2024-03-01T09:15:42+00:00');
  expect(formatMicroseconds(Date.parse('2024-03-01T09:15:42Z') * 1000 + 120_045)).toBe(
    '2024-03-01T09:15:42.120045+00:00',
  );
});
