import { describe, expect, test } from '@jest/globals';
import { fnv1a, partitionOf } from '../partition.ts';

describe('the partition of a key', () => {
  test.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('hashes %j as the published FNV-1a vectors say', (text, hash) => {
    expect(fnv1a(text)).toBe(hash);
  });

  test.each(['dispositivo-é', '🌡', 'ключ'])('hashes the UTF-8 bytes of %s, not its code units', (text) => {
    const bytes = Buffer.from(text).toString('latin1');
    let hash = 0x811c9dc5n;
    for (const byte of Buffer.from(bytes, 'latin1')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
    expect(fnv1a(text)).toBe(Number(hash));
  });

  test('spreads device ids over all partitions', () => {
    const counts = new Array(8).fill(0);
    for (let id = 0; id < 8000; id++) counts[partitionOf(`admin:${id.toString(16)}`, 8)]++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });
});
