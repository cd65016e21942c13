import { describe, expect, test } from '@jest/globals';
import { knobs, readSettings } from '../../settings.ts';

describe('settings', () => {
  test('every knob has a default that is itself valid', () => {
    const settings = readSettings({});
    expect(settings.httpPort).toBe(8000);
    expect(settings.mqttPort).toBe(1883);
    expect(settings.host).toBe('127.0.0.1');
    expect(settings.adminPassword).toBeUndefined();
  });

  test.each([
    ['DOJOT_HTTP_PORT', 'eighty'],
    ['DOJOT_HTTP_PORT', '70000'],
    ['DOJOT_HTTP_PORT', '-1'],
    ['DOJOT_TRUST_PROXY', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['DOJOT_HOST', ''],
    ['DOJOT_DATA_DIR', ''],
    ['HISTORY_DB_DATA_EXPIRATION', '1e9'],
    ['DOJOT_HOST_NAMES', 'iot.example:8000'],
  ])('a wrong %s (%s) is refused with a sentence that names it', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name} must .*"${value}"`));
  });

  test('a misspelt name is refused instead of ignored', () => {
    expect(() => readSettings({ DOJOT_HTTP_PROT: '80' })).toThrow(/DOJOT_HTTP_PROT is not a setting/);
  });

  test('an address beyond loopback needs a password for the administrator', () => {
    expect(() => readSettings({ DOJOT_HOST: '0.0.0.0' })).toThrow(/DOJOT_ADMIN_PASSWORD must be set/);
    const known = { DOJOT_HOST: '0.0.0.0', DOJOT_ADMIN_PASSWORD: 'admin' };
    expect(() => readSettings(known)).toThrow(/DOJOT_ADMIN_PASSWORD must be another than the default one/);
    expect(readSettings({ DOJOT_HOST: '0.0.0.0', DOJOT_ADMIN_PASSWORD: 'long enough' }).host).toBe('0.0.0.0');
  });

  test('names of hosts are a list', () => {
    expect(readSettings({}).hostNames).toEqual([]);
    expect(readSettings({ DOJOT_HOST_NAMES: 'iot.example, [2001:db8::1] ' }).hostNames).toEqual([
      'iot.example',
      '[2001:db8::1]',
    ]);
  });

  test('environment names are unique', () => {
    const names = Object.values(knobs).map((knob) => knob.env);
    expect(new Set(names).size).toBe(names.length);
  });
});
