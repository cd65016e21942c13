import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Json, type Registry, soilProbe, startStockedRegistry, tower } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startStockedRegistry();
});
afterEach(() => registry.stop());

const moisture = { label: 'moisture', type: 'dynamic', value_type: 'integer' };
const salinity = { label: 'salinity', type: 'dynamic', value_type: 'float' };

test('matches attributes by label and type: ids stay, the others go or come', async () => {
  const { status, body } = await registry.call('PUT', '/template/1', { label: 'v2', attrs: [salinity, moisture] });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    result: 'ok',
    updated: {
      id: 1,
      label: 'v2',
      updated: expect.any(String),
      attrs: [
        {
          id: 1,
          label: 'moisture',
          value_type: 'integer',
          updated: expect.any(String),
          metadata: [{ id: 5, updated: null }],
        },
        { id: 7, label: 'salinity' },
      ],
      config_attrs: [],
    },
  });
  expect(body).not.toHaveProperty('updated.attrs.1.updated');
  const { updated } = body as { updated: unknown };
  expect((await registry.call('GET', '/template/1')).body).toEqual(updated);
});

test('ignores ids of attributes and metadata, whatever they are', async () => {
  const metadata = [{ label: 'unit', type: 'meta', value_type: 'string', static_value: '%', id: 2 ** 40 }];
  const attrs = [{ ...moisture, id: 'none', metadata }];
  expect(await registry.call('PUT', '/template/1', { label: 'v2', attrs })).toMatchObject({
    status: 200,
    body: { updated: { attrs: [{ id: 1, metadata: [{ id: 5 }] }] } },
  });
});

test('tells metadata apart whatever their label and type are made of', async () => {
  const one = { label: 'a', type: 'b\nc', value_type: 'string' };
  const other = { label: 'a\nb', type: 'c', value_type: 'string' };
  const body = (metadata: object[]) => ({ label: 't', attrs: [{ ...moisture, value_type: 'float', metadata }] });
  const created = await registry.call('POST', '/template', body([one, other]));
  const { id } = (created.body as { template: { id: number } }).template;
  expect(created).toMatchObject({ status: 200, body: { template: { attrs: [{ metadata: [{ id: 8 }, { id: 9 }] }] } } });
  const changed = await registry.call('PUT', `/template/${id}`, body([{ ...other, static_value: 'x' }, one]));
  expect(changed).toMatchObject({
    body: {
      updated: {
        attrs: [
          {
            metadata: [
              { id: 9, static_value: 'x' },
              { id: 8, static_value: null },
            ],
          },
        ],
      },
    },
  });
});

test('empties a static value that is not sent, and replaces metadata that are', async () => {
  const metadata = [{ label: 'role', type: 'meta', value_type: 'boolean', static_value: true }];
  const attrs = [
    { ...moisture, value_type: 'float', metadata },
    { label: 'serial', type: 'static', value_type: 'string' },
  ];
  const { body } = await registry.call('PUT', '/template/1', { label: 'SoilProbe', attrs });
  expect(body).toMatchObject({ updated: { attrs: [{ metadata: [{ id: 7, static_value: 'true' }] }, { id: 2 }] } });
  expect(body).not.toHaveProperty('updated.attrs.0.updated');
  expect(body).not.toHaveProperty('updated.attrs.1.static_value');
});

test('drops own values of attributes that go, moves the filters, tells every device and the readers of old', async () => {
  const attrs = [{ id: 2, template_id: 1, label: 'serial', static_value: 'mine' }];
  for (const id of ['aa', 'bb']) await registry.call('POST', '/device', { id, label: id, templates: [1], attrs });
  registry.bus.published.length = 0;
  const without = soilProbe.attrs.filter(({ label }) => label !== 'serial');
  const { body } = await registry.call('PUT', '/template/1', { label: 'v2', attrs: [...without, salinity] });
  const { body: device } = await registry.call('GET', '/device/aa');
  expect(registry.events()).toMatchObject([
    { event: 'update', data: { id: 'aa' }, meta: { service: 'acme' } },
    { event: 'update', data: { id: 'bb' } },
    { event: 'template.update', data: { affected: ['aa', 'bb'], template: (body as { updated: Json }).updated } },
  ]);
  expect(registry.events()[0]?.data).toEqual(device);
  expect(await registry.call('GET', '/device?attr=serial=mine')).toMatchObject({ body: { devices: [] } });
  await registry.call('PUT', '/template/1', { label: 'v3', attrs: soilProbe.attrs });
  expect(await registry.call('GET', '/device/aa')).toMatchObject({
    body: { attrs: { 1: [{}, {}, {}, { label: 'serial', static_value: 'SN-000', is_static_overridden: false }] } },
  });
});

test('is followed by its devices while the bus is not available', async () => {
  registry.bus.available = false;
  await registry.call('POST', '/device', { label: 'a', templates: [1, 2], id: 'aa' });
  await registry.call('PUT', '/template/1', { label: 'v2', attrs: [salinity] });
  expect(await registry.call('GET', '/device?idsOnly&attr_type=bool')).toEqual({ status: 200, body: [] });
  // What went may come back, and what came is not to come from elsewhere.
  expect(await registry.call('PUT', '/template/1', { label: 'v3', attrs: [salinity, moisture] })).toMatchObject({
    status: 200,
  });
  expect(await registry.call('PUT', '/template/2', { label: 'v2', attrs: [salinity] })).toMatchObject({ status: 400 });
  registry.bus.available = true;
  await registry.call('PUT', '/template/2', { label: 'v2', attrs: [] });
  expect(registry.events()).toMatchObject([
    { event: 'create', data: { id: 'aa' } },
    { event: 'update', data: { id: 'aa' } },
    { event: 'template.update', data: { template: { id: 1, label: 'v3' } } },
    { event: 'update', data: { id: 'aa' } },
    { event: 'template.update', data: { template: { id: 2, label: 'v2' } } },
  ]);
});

test('moves the filters for devices with and without own values', async () => {
  const attrs = [{ id: 2, template_id: 1, label: 'serial', static_value: 'mine' }];
  await registry.call('POST', '/device', { id: 'aa', label: 'a', templates: [1, 2] });
  await registry.call('POST', '/device', { id: 'bb', label: 'b', templates: [1, 2], attrs });
  const found = async (query: string) => (await registry.call('GET', `/device?idsOnly&${query}`)).body;
  const changed = soilProbe.attrs.map((each) => (each.label === 'protocol' ? { ...each, static_value: 'coap' } : each));
  await registry.call('PUT', '/template/1', { label: 'v2', attrs: changed });
  expect(await found('attr=protocol=mqtt')).toEqual([]);
  expect(await found('attr=protocol=coap')).toEqual(['aa', 'bb']);
  expect(await found('attr=protocol=coap&attr=serial=mine')).toEqual(['bb']);
  expect(await found('attr=height=1.5&attr=serial=SN-000')).toEqual(['aa']);
  await registry.call('PUT', '/template/1', { label: 'v3', attrs: changed.filter(({ label }) => label !== 'serial') });
  expect(await found('attr=serial=mine')).toEqual([]);
  expect(await found('attr=protocol=coap')).toEqual(['aa', 'bb']);
});

test('says template.update even without devices', async () => {
  await registry.call('PUT', '/template/1', soilProbe);
  expect(registry.events()).toMatchObject([{ event: 'template.update', data: { affected: [], template: { id: 1 } } }]);
});

test('refuses an attribute that a device has from another template, and changes nothing', async () => {
  await registry.call('POST', '/device', { id: 'aa', label: 'a', templates: [1, 2] });
  const attrs = [...soilProbe.attrs, ...tower.attrs];
  expect(await registry.call('PUT', '/template/1', { label: 'v2', attrs })).toEqual({
    status: 400,
    body: { message: expect.stringMatching(/^Attribute height \(\d+\) has standing conflicts$/), status: 400 },
  });
  expect(await registry.call('GET', '/template/1')).toMatchObject({
    body: { label: 'SoilProbe', attrs: [{}, {}, {}, {}] },
  });
});

test('answers an unknown template before a wrong body, then the body', async () => {
  expect(await registry.call('PUT', '/template/99', Buffer.from('{'))).toEqual({
    status: 404,
    body: { message: 'No such template: 99', status: 404 },
  });
  expect(await registry.call('PUT', '/template/1', { label: 'x' })).toEqual({
    status: 400,
    body: { message: 'failed to parse input', errors: { attrs: ['Missing data for required field.'] } },
  });
  expect(await registry.call('PUT', '/template/1', { label: 'x', attrs: [{ ...moisture, label: '?' }] })).toMatchObject(
    {
      body: { message: 'failed to parse attr' },
    },
  );
  expect(await registry.call('PUT', '/template/1', { label: 'x', attrs: [moisture, moisture] })).toEqual({
    status: 400,
    body: { message: 'duplicate key value violates unique constraint "attrs_template_id_type_label_key"', status: 400 },
  });
});
