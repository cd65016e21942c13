import { describe, expect, test } from '@jest/globals';
import { deepestReading, longestLabel } from '../../../contract/limits.ts';
import { identityOf } from '../identity.ts';
import { envelopeOf, parseReading, toBusValue } from '../reading.ts';

const now = 1_700_000_000_000;

function messageOf(payload: string) {
  const reading = parseReading(Buffer.from(payload), now);
  return reading && JSON.parse(toBusValue(envelopeOf(identityOf('admin', 'ef"ac')), reading));
}

describe('the time of a reading', () => {
  test.each([
    ['none', '{"a":1}', now, false],
    ['ms', '{"timestamp":1605093071000}', 1_605_093_071_000, false],
    ['s', '{"timestamp":1605093071}', 1_605_093_071, false],
    ['a fraction', '{"timestamp":1.5}', 1.5, false],
    ['a negative number', '{"timestamp":-1}', -1, false],
    ['ISO 8601', '{"timestamp":"2020-11-11T11:11:11.000Z"}', 1_605_093_071_000, false],
    ['a number as text', '{"timestamp":"1605093071000"}', now, true],
    ['text', '{"timestamp":"yesterday"}', now, true],
    ['another type', '{"timestamp":{}}', now, true],
    ['null', '{"timestamp":null}', now, true],
    ['a number beyond all numbers', '{"timestamp":1e999}', now, true],
  ])('given as %s', (_, payload, timestamp, bad) => {
    expect(messageOf(payload).metadata.timestamp).toBe(timestamp);
    expect(parseReading(Buffer.from(payload), now)?.badTimestamp).toBe(bad);
  });

  test('stays among the attributes', () => {
    expect(messageOf('{"timestamp":5,"a":1}')).toEqual({
      metadata: { deviceid: 'ef"ac', tenant: 'admin', timestamp: 5 },
      attrs: { timestamp: 5, a: 1 },
    });
  });
});

describe('a reading that nobody could keep is none', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  const labelled = (length: number) => JSON.stringify({ a: 1, ['é'.repeat(length)]: 2 });

  test.each([
    ['nested as deep as it may be', nested(deepestReading), true],
    ['nested deeper', nested(deepestReading + 1), false],
    ['nested far deeper than the stack of calls', nested(100_000), false],
    ['with many brackets side by side', `{"a":[${'[{}],'.repeat(500)}0]}`, true],
    ['with a label as long as it may be', labelled(longestLabel), true],
    ['with a longer label', labelled(longestLabel + 1), false],
  ])('%s', (_, payload, isOne) => {
    expect(parseReading(Buffer.from(payload), now) !== undefined).toBe(isOne);
  });
});

test('brackets within texts are not nesting', () => {
  const attrs = { a: '['.repeat(500), b: '"\\[{'.repeat(200) };
  expect(messageOf(JSON.stringify(attrs)).attrs).toEqual(attrs);
});

describe('a time is the same wherever the platform runs', () => {
  test.each([
    ['2020-11-11T08:11:11-03:00', 1_605_093_071_000],
    ['2020-11-11T08:11:11-0300', 1_605_093_071_000],
    ['2020-11-11T11:11:11Z', 1_605_093_071_000],
    ['2020-11-11T11:11:11', 1_605_093_071_000],
    ['2020-11-11 11:11:11.5', 1_605_093_071_500],
    ['2020-11-11T11:11', 1_605_093_060_000],
    ['2020-11-11', 1_605_052_800_000],
    ['Wed, 11 Nov 2020 08:11:11 -0300', 1_605_093_071_000],
    ['Wed, 11 Nov 2020 11:11:11 GMT', 1_605_093_071_000],
    ['Wed, 11 Nov 2020 11:11:11', 1_605_093_071_000],
  ])('%s', (text, time) => {
    expect(messageOf(JSON.stringify({ timestamp: text })).metadata.timestamp).toBe(time);
  });
});
