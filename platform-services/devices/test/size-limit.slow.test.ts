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

const tooLarge =
  'A device may have at most 5000 attributes and metadata, and a value counts once more for every 100 characters';
const deviceTooLarge = { status: 400, body: { message: tooLarge, status: 400 } };
/** Of 656 each. */
const longValues = (count: number, prefix: string) =>
  attributes(count, prefix).map((each) => ({ ...each, static_value: value(65_536) }));

test('one device does not come to have more than it may', async () => {
  await template(longValues(4, 'a'));
  await template(longValues(4, 'b'));
  const both = { label: 'd', templates: [1, 2] };
  expect(await registry.call('POST', '/device', both)).toEqual(deviceTooLarge);
  await expectNothing();
  await registry.call('POST', '/device', { label: 'd', templates: [1], id: 'aa' });
  expect(await registry.call('PUT', '/device/aa', both)).toEqual(deviceTooLarge);
  expect(await registry.call('POST', '/device/aa/template/2')).toEqual(deviceTooLarge);
  expect(await registry.call('GET', '/device/aa')).toMatchObject({ body: { templates: [1] } });
});

test('a template does not make one of its devices larger than that', async () => {
  await template(attributes(2000, 'a'));
  await template(attributes(2000, 'b'));
  await template(attributes(1, 'c'));
  await registry.call('POST', '/device', { label: 'small', templates: [3] });
  await registry.call('POST', '/device', { label: 'd', templates: [1, 2, 3] });
  const grown = { label: 't', attrs: attributes(1001, 'c') };
  expect(await registry.call('PUT', '/template/3', grown)).toEqual(deviceTooLarge);
  expect(await registry.call('GET', '/template/3?attr_format=single')).toMatchObject({ body: { attrs: [{}] } });
  expect(await registry.call('PUT', '/template/3', { label: 't', attrs: attributes(1000, 'c') })).toMatchObject({
    status: 200,
  });
});

test('a template does not grow beyond what all its devices may have together', async () => {
  await template(attributes(1));
  await registry.call('POST', '/device?count=600', { label: 'd', templates: [1] });
  registry.bus.published.length = 0;
  const change = (count: number) => registry.call('PUT', '/template/1', { label: 't', attrs: attributes(count) });
  expect(await change(1700)).toEqual({
    status: 400,
    body: { message: message.replace('200000', '1000000'), status: 400 },
  });
  expect(registry.events()).toEqual([]);
  expect(await change(2)).toMatchObject({ status: 200 });
});
