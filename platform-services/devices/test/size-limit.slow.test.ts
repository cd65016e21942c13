import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Registry, startRegistry } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.stop());

const attribute = { type: 'static', value_type: 'string', static_value: 'x' };
const attributes = (count: number, prefix = 'a') =>
  Array.from({ length: count }, (_, index) => ({ ...attribute, label: `${prefix}${index}` }));
const template = (attrs: unknown) => registry.call('POST', '/template', { label: 't', attrs });
const message =
  'One request may write at most 200000 attributes and metadata of devices, and a value counts once more for every 100 characters';
const tooMuch = { status: 400, body: { message, status: 400 } };
const value = (characters: number) => 'x'.repeat(characters);

async function expectNothing(): Promise<void> {
  expect(await registry.call('GET', '/device?idsOnly=true')).toEqual({ status: 200, body: [] });
  expect(registry.events()).toEqual([]);
}

test('ten thousand devices of ten attributes with metadata are made by one request', async () => {
  const metadata = [{ ...attribute, label: 'm' }];
  await template(attributes(10).map((each) => ({ ...each, metadata })));
  const { status, body } = await registry.call('POST', '/device?count=10000', { label: 'd', templates: [1] });
  expect(status).toBe(200);
  expect((body as { devices: unknown[] }).devices).toHaveLength(10_000);
});

test.each([
  ['attributes', attributes(41)],
  ['metadata', [{ ...attribute, label: 'a', metadata: attributes(40, 'm') }]],
  ['characters', [{ ...attribute, label: 'a', static_value: value(4000) }]],
])('devices with too many %s for one request are refused before any is written', async (_case, attrs) => {
  await template(attrs);
  expect(await registry.call('POST', '/device?count=5000', { label: 'd', templates: [1] })).toEqual(tooMuch);
  await expectNothing();
});

test('own values count like those of the template', async () => {
  await template(attributes(1));
  const attrs = [{ id: 1, template_id: 1, label: 'a0', static_value: value(4000) }];
  const body = { label: 'd', templates: [1], attrs };
  expect(await registry.call('POST', '/device?count=5000', body)).toEqual(tooMuch);
  await expectNothing();
});

test('one device does not come to have more than a request may write', async () => {
  await template([{ ...attribute, label: 'a', static_value: value(10_000_000) }]);
  await template([{ ...attribute, label: 'b', static_value: value(10_000_000) }]);
  const both = { label: 'd', templates: [1, 2] };
  expect(await registry.call('POST', '/device', both)).toEqual(tooMuch);
  await expectNothing();
  await registry.call('POST', '/device', { label: 'd', templates: [1], id: 'aa' });
  expect(await registry.call('PUT', '/device/aa', both)).toEqual(tooMuch);
  expect(await registry.call('POST', '/device/aa/template/2')).toEqual(tooMuch);
  expect(await registry.call('GET', '/device/aa')).toMatchObject({ body: { templates: [1] } });
});

test('a device that its templates made larger than that can still lose one of them', async () => {
  await template([{ ...attribute, label: 'a', static_value: value(10_000_000) }]);
  await template([]);
  await template([]);
  await registry.call('POST', '/device', { label: 'd', templates: [1, 2, 3], id: 'aa' });
  const attrs = [{ ...attribute, label: 'b', static_value: value(10_000_000) }];
  await registry.call('PUT', '/template/2', { label: 't', attrs });
  expect(await registry.call('DELETE', '/device/aa/template/3')).toMatchObject({
    status: 200,
    body: { device: { templates: [1, 2] } },
  });
});
