import { describe, expect, test } from '@jest/globals';
import { isJson, jsonCopy } from '../src/json-copy.ts';

const samples = [
  { a: [1, 'x', null, { b: true }], n: Number.NaN, i: Number.POSITIVE_INFINITY, u: undefined },
  [undefined, () => 1, Symbol('s')],
  { when: new Date(0), bin: Buffer.from([1, 2]), map: new Map([[1, 2]]) },
  { toJSON: () => 'own form' },
  Object.assign(Object.create(null), { a: 1 }),
  'text',
  null,
];

describe('jsonCopy', () => {
  test.each(samples.map((sample) => [sample]))('gives what a round trip through JSON gives: %p', (sample) => {
    expect(jsonCopy(sample)).toEqual(JSON.parse(JSON.stringify(sample)));
  });

  test('shares nothing with the original', () => {
    const original = { a: { b: [1] } };
    const copy = jsonCopy(original);
    copy.a.b.push(2);
    expect(original.a.b).toEqual([1]);
  });

  test('keeps an own property called __proto__ a property', () => {
    const copy = jsonCopy(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.hasOwn(copy, '__proto__')).toBe(true);
  });

  test('refuses cycles', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => jsonCopy(cycle)).toThrow();
  });

  test('isJson tells whether a copy would lose something', () => {
    expect(isJson({ a: [1, null, 'x'] })).toBe(true);
    for (const sample of [{ a: undefined }, { a: Number.NaN }, [new Date()], { b: Buffer.from('') }, 1n]) {
      expect(isJson(sample)).toBe(false);
    }
  });
});
