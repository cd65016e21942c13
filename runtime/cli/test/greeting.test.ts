import { expect, test } from '@jest/globals';
import { greeting } from '../greeting.ts';

const sample = {
  id: 'thermometer' as const,
  tenant: 'admin',
  thermometer: 'aaaaaa',
  virtual: 'bbbbbb',
  flow: 'f',
  tab: 't',
  isNew: false,
};
const shown = (administratorPassword: 'default' | 'given' | 'own') =>
  greeting(
    { host: '127.0.0.1', dataDir: '/data' },
    { url: 'http://127.0.0.1:8000', mqttPort: 1883, administratorPassword },
    sample,
  );

test('the password is printed only while it is the one everybody knows', () => {
  expect(shown('default')).toContain('(user admin, password admin)');
  expect(shown('default')).toContain(`-d '{"username":"admin","passwd":"admin"}'`);
  for (const text of [shown('given'), shown('own')]) {
    expect(text).toContain('(user admin, password as it was set)');
    expect(text).not.toMatch(/password admin|"passwd":"admin"/);
    expect(text).toContain('\\"passwd\\":\\"$DOJOT_ADMIN_PASSWORD\\"');
  }
});
