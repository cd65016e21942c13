import { describe, expect, test } from '@jest/globals';
import { readEvent } from '../envelope.ts';

const place = { id: 1, partition: 0, offset: 0 };
const reading = (json: unknown) =>
  readEvent('admin', { ...place, topic: 'admin.device-data', value: JSON.stringify(json) });
const change = (json: unknown) =>
  readEvent('admin', { ...place, topic: 'admin.dojot.device-manager.device', value: JSON.stringify(json) });

/** The contract's own example (flows-and-nodes §6.2). */
const full = {
  id: 'b41c07',
  label: 'boiler 2',
  templates: [1],
  created: '2024-02-03T10:11:12.131415+00:00',
  attrs: {
    '1': [
      { id: 1, label: 'temperature', type: 'dynamic', value_type: 'float', static_value: '', template_id: '1' },
      { id: 2, label: 'serial', type: 'static', value_type: 'string', static_value: 'XYZ-1', template_id: '1' },
      { id: 3, label: 'empty', type: 'static', value_type: 'string', static_value: '', template_id: '1' },
      { id: 4, label: 'fan', type: 'actuator', value_type: 'float', static_value: '3', template_id: '1' },
    ],
  },
};
const facts = { templates: ['1'], statics: { serial: 'XYZ-1' } };

describe('publish', () => {
  const event = reading({
    metadata: { deviceid: 'b41c07', tenant: 'foreign', timestamp: 1700000123456, extra: 'kept' },
    attrs: { temperature: 10, serial: 'received' },
  });

  test('has the static attributes, which win over received ones', () => {
    expect(event?.envelope(facts)).toEqual({
      metadata: { tenant: 'admin', timestamp: 1700000123456, extra: 'kept' },
      event: 'publish',
      data: { id: 'b41c07', attrs: { temperature: 10, serial: 'XYZ-1' } },
    });
  });

  test('names its source with the time in ms', () => {
    expect(event?.source).toEqual({ tenant: 'admin', deviceId: 'b41c07', timestamp: 1700000123456 });
    const at = (timestamp: unknown) => reading({ metadata: { deviceid: 'a', timestamp }, attrs: {} })?.source.timestamp;
    expect(at(1700000123)).toBe(1700000123000);
    expect(at('2023-11-14T22:15:23.456Z')).toBe(1700000123456);
    expect(at('2023-11-14T22:15:23.456')).toBe(1700000123456);
    expect(at('1700000123')).toBe(1700000123000);
    expect(at('nonsense')).toBeUndefined();
    expect(at(undefined)).toBeUndefined();
  });

  test('without attributes is a status message, which triggers nothing', () => {
    expect(reading({ metadata: { deviceid: 'a', status: { status: 'online' } } })).toBeUndefined();
  });

  test.each([[{}], [{ metadata: {} }], [{ metadata: { deviceid: '' }, attrs: {} }], [[]], [null]])(
    'that is malformed (%j) is refused',
    (json) => {
      expect(() => reading(json)).toThrow();
    },
  );
});

test('configure has the static attributes, and its tenant in the metadata', () => {
  const event = change({
    event: 'configure',
    meta: { service: 'admin', timestamp: 1700000123456 },
    data: { id: 'b41c07', attrs: { target: 22 } },
  });
  expect(event?.envelope(facts)).toEqual({
    event: 'configure',
    metadata: { tenant: 'admin', timestamp: 1700000123456 },
    data: { id: 'b41c07', attrs: { target: 22, serial: 'XYZ-1' } },
  });
  expect(event?.source).toEqual({ tenant: 'admin', deviceId: 'b41c07' });
});

describe.each(['create', 'update', 'remove'])('%s', (name) => {
  test('has its attributes by label and its templates as texts', () => {
    const event = change({ event: name, meta: { service: 'admin' }, data: full });
    const { metadata, data } = event?.envelope(undefined) ?? {};
    expect(metadata).toEqual({ tenant: 'admin' });
    expect(data).toMatchObject({ id: 'b41c07', label: 'boiler 2', templates: ['1'], created: full.created });
    expect(data?.attrs).toMatchObject({
      temperature: { id: 1, value_type: 'float', static_value: '', type: 'dynamic', template_id: '1' },
    });
    expect(data?.attrs).not.toHaveProperty('temperature.label');
  });

  test('says which templates and which filled static attributes the device has', () => {
    expect(change({ event: name, meta: { service: 'admin' }, data: full })?.facts).toEqual(facts);
  });
});

test('remove may carry the id only', () => {
  const event = change({ event: 'remove', meta: { service: 'admin' }, data: { id: 'b41c07' } });
  expect(event?.facts).toBeUndefined();
  expect(event?.envelope(undefined).data).toEqual({ id: 'b41c07' });
});

test('other events of the topic are ignored', () => {
  expect(change({ event: 'template.update', meta: { service: 'admin' }, data: { affected: [] } })).toBeUndefined();
});
