import { describe, expect, test } from '@jest/globals';
import { targetConfig, targetDevices } from '../src/target-devices.ts';

const source = { tenant: 'admin', deviceId: 'b41c07' };

function targets(config: object, message = {}, from = source) {
  return targetDevices(targetConfig.parse(config))(from, message);
}

describe('target devices (contract §9.3)', () => {
  test('self is the device that triggered, and the default', () => {
    expect(targets({})).toEqual(['b41c07']);
  });

  test('configured ids are taken once each, in order, without blank ones', () => {
    const ids = ['x', '', 'y', 'x', null, ' '];
    expect(targets({ device_source: 'configured', devices_source_configured: ids })).toEqual(['x', 'y']);
  });

  test('dynamic takes one id or a list of ids, numbers too', () => {
    const config = { device_source: 'dynamic', devices_source_dynamic: 'payload.to' };
    expect(targets(config, { payload: { to: 'x' } })).toEqual(['x']);
    expect(targets(config, { payload: { to: ['x', null, 7, {}] } })).toEqual(['x', '7']);
  });

  test.each([
    ['no configured device', { device_source: 'configured', devices_source_configured: [''] }],
    ['an unknown source', { device_source: 'elsewhere' }],
    ['an absent path', { device_source: 'dynamic', devices_source_dynamic: 'payload.to' }],
    ['a path through null', { device_source: 'dynamic', devices_source_dynamic: 'nothing.to' }],
    ['an empty path', { device_source: 'dynamic', devices_source_dynamic: '' }],
  ])('%s is an error', (_what, config) => {
    expect(() => targets(config, { nothing: null })).toThrow('Could not define target devices');
  });

  test('an id longer than the platform takes is an error that says so', () => {
    const config = { device_source: 'dynamic', devices_source_dynamic: 'to' };
    expect(targets(config, { to: 'x'.repeat(256) })).toHaveLength(1);
    expect(() => targets(config, { to: ['x', 'y'.repeat(257)] })).toThrow(
      'A device id of 257 characters is too long: 256 is the most',
    );
  });

  const malformed = { devices_source_configured: [{}], devices_source_dynamic: 'a.__proto__' };

  test('what is wrong with a source that is not chosen does not matter', () => {
    expect(targets({ ...malformed, device_source: 'self' })).toEqual(['b41c07']);
  });

  test.each([
    ['configured', 'devices_source_configured'],
    ['dynamic', 'forbidden part __proto__'],
  ])('what is wrong with the source %s is an error before the first message', (device_source, text) => {
    expect(() => targetDevices(targetConfig.parse({ ...malformed, device_source }))).toThrow(text);
  });

  test('self without a device is an error', () => {
    expect(() => targets({}, {}, { tenant: 'admin', deviceId: '' })).toThrow('Could not define target devices');
  });
});
