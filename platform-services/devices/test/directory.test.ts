import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Registry, soilProbe, startRegistry, tower } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
  await registry.call('POST', '/template', tower);
  await registry.call('POST', '/template', soilProbe);
});
afterEach(() => registry.stop());

const find = (id: string, tenant = 'acme') => registry.service.directory.find(tenant, id);

test('knows label, templates and attributes with their effective values, by attribute id', async () => {
  const attrs = [{ id: 1, template_id: 1, label: 'height', static_value: 2 }];
  await registry.call('POST', '/device', { id: 'aa', label: 'a', templates: [2, 1], attrs });
  expect(await find('aa')).toEqual({
    id: 'aa',
    label: 'a',
    templates: ['2', '1'],
    attributes: [
      { label: 'height', type: 'static', valueType: 'float', staticValue: '2' },
      { label: 'moisture', type: 'dynamic', valueType: 'float' },
      { label: 'serial', type: 'static', valueType: 'string', staticValue: 'SN-000' },
      { label: 'valve', type: 'actuator', valueType: 'bool' },
      { label: 'protocol', type: 'meta', valueType: 'string', staticValue: 'mqtt' },
    ],
  });
});

test('knows nothing of other tenants, and of a device as soon as it exists', async () => {
  expect(await find('aa')).toBeUndefined();
  await registry.call('POST', '/device', { id: 'aa', label: 'a' });
  expect(await find('aa')).toMatchObject({ label: 'a' });
  expect(await find('aa', 'other')).toBeUndefined();
});

test('reads a device once', async () => {
  await registry.call('POST', '/device', { id: 'aa', label: 'a' });
  expect(await find('aa')).toBe(await find('aa'));
});

test('sees every change of this process at once', async () => {
  await registry.call('POST', '/device', { id: 'aa', label: 'a', templates: [1] });
  await find('aa');
  await registry.call('PUT', '/device/aa', { label: 'b', templates: [1] });
  expect(await find('aa')).toMatchObject({ label: 'b' });
  await registry.call('PUT', '/template/1', { label: 'Tower', attrs: [{ ...tower.attrs[0], static_value: '9' }] });
  expect(await find('aa')).toMatchObject({ attributes: [{ staticValue: '9' }] });
  await registry.call('DELETE', '/device/aa/template/1');
  expect(await find('aa')).toMatchObject({ templates: [], attributes: [] });
  await registry.call('DELETE', '/device/aa');
  expect(await find('aa')).toBeUndefined();
});
