import { describe, expect, test } from '@jest/globals';
import { deepestReading } from '../../../contract/limits.ts';
import type { Message } from '../../kit/bus/bus.ts';
import { entryOf as readEntry } from '../entry.ts';
import { notificationSeries } from '../notifications.ts';

const arrival = 1_700_000_000_000;

function message(value: unknown, subject = 'device-data', headers: Message['headers'] = {}): Message {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { topic: `acme.${subject}`, partition: 0, offset: 0, key: 'k', value: text, headers, timestamp: arrival };
}

let left = 0;
const entryOf = (one: Message) => {
  left = 0;
  return readEntry(one, () => {
    left += 1;
  });
};

function timeOfReading(timestamp: unknown): number | undefined {
  const entry = entryOf(message({ metadata: { deviceid: 'a1', timestamp }, attrs: { t: 1 } }));
  return typeof entry === 'string' ? undefined : entry.points[0]?.time;
}

describe('the time of a reading', () => {
  test.each([
    ['missing', undefined, arrival],
    ['null', null, arrival],
    ['seconds', 1650000000, 1650000000_000],
    ['seconds with a fraction', 1650000000.123, 1650000000_123],
    ['the largest number of seconds', 2147483647, 2147483647_000],
    ['milliseconds', 2147483648, 2147483648],
    ['milliseconds with a fraction', 1650000000123.9, 1650000000123],
    ['ISO with a zone', '2022-03-01T12:00:00+01:00', Date.parse('2022-03-01T11:00:00Z')],
    ['ISO without a zone', '2022-03-01T12:00:00', Date.parse('2022-03-01T12:00:00Z')],
    ['a number as text', '1650000000', 1650000000_000],
    ['text that says nothing', 'soon', arrival],
    ['a number no date can be', 1e300, arrival],
    ['an object', {}, arrival],
  ])('%s', (_, timestamp, time) => {
    expect(timeOfReading(timestamp)).toBe(time);
  });
});

describe('a message', () => {
  test('becomes one point per attribute, of the tenant of its topic, with the metadata that is left', () => {
    const metadata = { deviceid: 'a1', tenant: 'liar', timestamp: 1650000000123, protocol: 'mqtt' };
    const headers = { 'dojot-origin': 'acme.device-data/1/2/n.0' };
    expect(entryOf(message({ metadata, attrs: { t: 21.5, 'a.b$': { 'x.y': [1] } } }, 'device-data', headers))).toEqual({
      origin: 'acme.device-data/1/2/n.0',
      points: [
        {
          tenant: 'acme',
          deviceId: 'a1',
          attribute: 't',
          time: 1650000000123,
          value: 21.5,
          metadata: { protocol: 'mqtt' },
        },
        {
          tenant: 'acme',
          deviceId: 'a1',
          attribute: 'a.b$',
          time: 1650000000123,
          value: { 'x.y': [1] },
          metadata: { protocol: 'mqtt' },
        },
      ],
    });
  });

  test('without more metadata has points without any', () => {
    const entry = entryOf(message({ metadata: { deviceid: 'a1', timestamp: 5 }, attrs: { t: null } }));
    expect(entry).toEqual({ points: [{ tenant: 'acme', deviceId: 'a1', attribute: 't', time: 5000, value: null }] });
  });

  test('loses what cannot be kept and nothing else; that is counted', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const metadata = '{"deviceid":"a1","timestamp":5}';
    const attrs = `{"deep":${deep},"a":1,"${'x'.repeat(2000)}":2,"b":[[{"c":3}]]}`;
    const entry = entryOf(message(`{"metadata":${metadata},"attrs":${attrs}}`));
    expect(typeof entry === 'string' ? entry : entry.points.map(({ attribute }) => attribute)).toEqual(['a', 'b']);
    expect(left).toBe(2);
    const more = `{"deviceid":"a1","more":${deep},"protocol":"mqtt"}`;
    expect(entryOf(message(`{"metadata":${more},"attrs":{"a":1}}`))).toMatchObject({
      points: [{ attribute: 'a', value: 1, metadata: { protocol: 'mqtt' } }],
    });
    expect(left).toBe(1);
    expect(entryOf(message({ metadata: { deviceid: 'x'.repeat(2000) }, attrs: { a: 1 } }))).toBe('malformed');
  });

  test('keeps values nested as deep as a reading may be, and no deeper', () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    const attrs = `{"deep":${nested(deepestReading)},"deeper":[${nested(deepestReading)}]}`;
    const entry = entryOf(message(`{"metadata":{"deviceid":"a1"},"attrs":${attrs}}`));
    expect(typeof entry === 'string' ? entry : entry.points.map(({ attribute }) => attribute)).toEqual(['deep']);
  });

  test('that notifies is kept whole when it asks for that, under its own time', () => {
    const notification = { msgID: 'm', message: 'full', metaAttrsFilter: { shouldPersist: true }, subject: 's' };
    const points = (body: object) => {
      const entry = entryOf(message(body, 'dojot.notifications'));
      return typeof entry === 'string' ? entry : entry.points;
    };
    const kept = { tenant: 'acme', ...notificationSeries, value: notification };
    expect(points({ ...notification, timestamp: 1_650_000_000_123 })).toEqual([{ ...kept, time: 1_650_000_000_123 }]);
    expect(points(notification)).toEqual([{ ...kept, time: arrival }]);
    expect(points({ ...notification, metaAttrsFilter: {} })).toBe('irrelevant');
    expect(points({ ...notification, metaAttrsFilter: null })).toBe('irrelevant');
    expect(points({ ...notification, more: JSON.parse('['.repeat(300) + ']'.repeat(300)) })).toBe('malformed');
  });

  test('configure is stored like a reading', () => {
    const body = {
      event: 'configure',
      meta: { service: 'acme', timestamp: null },
      data: { id: 'a1', attrs: { fan: 100 } },
    };
    expect(entryOf(message(body, 'dojot.device-manager.device'))).toEqual({
      points: [{ tenant: 'acme', deviceId: 'a1', attribute: 'fan', time: arrival, value: 100 }],
    });
  });

  test.each([
    ['a status', { metadata: { deviceid: 'a1', status: { status: 'online' } } }, 'device-data', 'irrelevant'],
    [
      'an update',
      { event: 'update', meta: {}, data: { id: 'a1', attrs: {} } },
      'dojot.device-manager.device',
      'irrelevant',
    ],
    ['no JSON', '{"metadata":', 'device-data', 'malformed'],
    ['a list', [], 'device-data', 'malformed'],
    ['null', 'null', 'device-data', 'malformed'],
    ['no metadata', { attrs: { t: 1 } }, 'device-data', 'malformed'],
    ['no device', { metadata: {}, attrs: { t: 1 } }, 'device-data', 'malformed'],
    ['a device that is no text', { metadata: { deviceid: 7 }, attrs: { t: 1 } }, 'device-data', 'malformed'],
    ['attrs that are a list', { metadata: { deviceid: 'a' }, attrs: [1] }, 'device-data', 'malformed'],
    [
      'configure without a timestamp',
      { event: 'configure', meta: {}, data: { id: 'a1', attrs: { fan: 1 } } },
      'dojot.device-manager.device',
      'malformed',
    ],
  ])('%s is none', (_, value, subject, reason) => {
    expect(entryOf(message(value, subject))).toBe(reason);
  });
});
