import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Json, type Registry, startRegistry, startStockedRegistry, tower } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startStockedRegistry();
});
afterEach(() => registry.stop());

const ordinary = (status: number, message: unknown) => ({ status, body: { message, status } });
const serial = { id: 2, template_id: '1', label: 'serial', static_value: 'SN-417' };
const create = (body: unknown, query = 'verbose=true') => registry.call('POST', `/device?${query}`, body);

describe('creating a device', () => {
  test('merges its templates and shows its own values', async () => {
    const { status, body } = await create({ id: 'c3D4e5', label: 'north', templates: ['1', 2], attrs: [serial] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      message: 'device created',
      devices: [
        {
          id: 'c3D4e5',
          label: 'north',
          templates: [1, 2],
          attrs: {
            1: [
              { label: 'moisture', metadata: [{ static_value: '%', is_static_overridden: false, updated: null }] },
              { label: 'serial', static_value: 'SN-417', is_static_overridden: true, template_id: '1' },
              { label: 'valve' },
              { label: 'protocol', static_value: 'mqtt', is_static_overridden: false },
            ],
            2: [{ label: 'height', static_value: '1.5', template_id: '2' }],
          },
        },
      ],
    });
    expect(body).not.toHaveProperty('devices.0.attrs.1.2.is_static_overridden');
    expect(body).not.toHaveProperty('devices.0.updated');
    const [device] = (body as { devices: unknown[] }).devices;
    expect(await registry.call('GET', '/device/c3D4e5')).toEqual({ status: 200, body: device });
    expect(registry.events()).toEqual([{ event: 'create', data: device, meta: { service: 'acme' } }]);
    expect(registry.bus.published).toMatchObject([
      { topic: 'acme.dojot.device-manager.device', message: { key: 'acme:c3D4e5' } },
    ]);
  });

  test('chooses five or six hex digits and answers ids and labels', async () => {
    const { body } = await create({ label: 'plain', attrs: {} }, '');
    expect(body).toEqual({
      message: 'devices created',
      devices: [{ id: expect.stringMatching(/^[0-9a-f]{5,6}$/), label: 'plain' }],
    });
  });

  test('numbers the labels of a batch with leading zeros and ignores a given id', async () => {
    const { body } = await create({ label: 'f', templates: [1], id: 'not hex' }, 'count=10');
    const { devices } = body as { devices: { id: string; label: string }[] };
    expect(devices.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => `f_0${index}`));
    expect(new Set(devices.map(({ id }) => id)).size).toBe(10);
    expect(registry.events().map(({ event }) => event)).toEqual(Array(10).fill('create'));
    expect(await create({ label: 'g' }, 'count=3')).toMatchObject({
      body: { devices: [{ label: 'g_0' }, { label: 'g_1' }, { label: 'g_2' }] },
    });
  });

  test('has own values for metadata, for any type of attribute, and none for null', async () => {
    const attrs = [
      { id: 1, template_id: 1, label: 'moisture', static_value: 3, metadata: [{ id: '5', static_value: 'kPa' }] },
      { id: 2, template_id: 1, label: 'serial', static_value: null },
    ];
    const { body } = await create({ label: 'x', templates: [1], attrs });
    expect(body).toMatchObject({
      devices: [
        {
          attrs: {
            1: [
              {
                static_value: '3',
                is_static_overridden: true,
                metadata: [{ static_value: 'kPa', is_static_overridden: true }],
              },
              { static_value: 'SN-000', is_static_overridden: false },
              {},
              {},
            ],
          },
        },
      ],
    });
  });

  test.each([
    ['count=x', {}, 'If provided, count must be integer'],
    ['count=1.5', {}, 'If provided, count must be integer'],
    ['count=0', {}, 'count must be from 1 to 10000'],
    ['count=-1', {}, 'count must be from 1 to 10000'],
    ['count=2&verbose=true', {}, 'Verbose can only be used for single device creation'],
    ['', { id: 'xyz' }, ['Device ID must be 2-6 characters and must be hexadecimal (0-9,a-f,A-F).']],
    ['', { id: 'a' }, ['Device ID must be 2-6 characters and must be hexadecimal (0-9,a-f,A-F).']],
    ['', { id: 12 }, ['Device ID must be 2-6 characters and must be hexadecimal (0-9,a-f,A-F).']],
    ['', { id: 'aa' }, 'duplicate key value violates unique constraint "devices_pkey"'],
    ['', { attrs: [{ id: 2, template_id: 1 }] }, ['missing label attribute']],
    ['', { attrs: [{ id: 2, label: 'serial' }] }, ['missing template_id attribute']],
    ['', { attrs: [{ template_id: 1, label: 'serial' }] }, ['missing id attribute']],
    ['', { attrs: [serial, serial] }, ['a device can not have repeated attributes']],
    ['', { attrs: [{ ...serial, template_id: 2 }] }, 'Unknown template 2 in attr list'],
    ['', { attrs: [{ ...serial, id: 99 }] }, 'Unknown attribute 99 in override list'],
    ['', { attrs: [{ ...serial, id: 'x' }] }, 'Unknown attribute x in override list'],
    ['', { attrs: [{ ...serial, metadata: [{ id: 'x' }] }] }, 'Unknown metadata attribute x in override list'],
    ['', { attrs: [{ ...serial, metadata: [{ id: 5 }] }] }, 'Unknown attribute 2 in override list'],
    [
      '',
      { id: 'bb', templates: [1, 1], attrs: [] },
      'Template (1) cannot be added to device (bb) as it has standing attribute conflicts',
    ],
  ])('refuses ?%s %j', async (query, body, message) => {
    await create({ id: 'aa', label: 'taken' });
    expect(await create({ label: 'x', templates: [1], ...body }, query)).toEqual(ordinary(400, message));
  });

  test.each([
    [[], { _schema: ['Invalid input type.'] }],
    [{}, { label: ['Missing data for required field.'] }],
    [{ label: 'x', templates: 'a' }, { templates: ['Invalid type.'] }],
    [{ label: 'x', templates: null }, { templates: ['Field may not be null.'] }],
    [{ label: 'x', attrs: { 1: [] } }, { attrs: ['Invalid type.'] }],
  ])('refuses the body %j', async (body, found) => {
    expect(await create(body)).toEqual({ status: 400, body: { message: 'failed to parse input', errors: found } });
  });

  test.each([99, 'x'])('does not know template %s', async (id) => {
    expect(await create({ label: 'x', templates: [id] })).toEqual(ordinary(404, `No such template: ${id}`));
  });

  test('makes none of a batch when one thing is wrong', async () => {
    await create({ label: 'x', templates: [1, 99] }, 'count=5');
    expect(await registry.call('GET', '/device?idsOnly=true')).toEqual({ status: 200, body: [] });
  });

  test('gives up after ten taken ids', async () => {
    const fixed = await startRegistry({ random: (size) => Buffer.alloc(size, 1) });
    try {
      expect(await fixed.call('POST', '/device', { label: 'x' })).toMatchObject({
        body: { devices: [{ id: '10101' }] },
      });
      expect(await fixed.call('POST', '/device', { label: 'x' })).toEqual(
        ordinary(500, 'Failed to generate unique device_id'),
      );
    } finally {
      await fixed.stop();
    }
  });
});

describe('changing devices', () => {
  beforeEach(async () => {
    await create({ id: 'aa', label: 'a', templates: [1], attrs: [serial] });
    registry.bus.published.length = 0;
  });

  test('PUT replaces everything but id and creation time', async () => {
    const before = (await registry.call('GET', '/device/aa')).body as Json;
    const { status, body } = await registry.call('PUT', '/device/aa', { id: 'bb', label: 'b', templates: [2] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      message: 'device updated',
      device: { id: 'aa', label: 'b', templates: [2], created: before.created, attrs: { 2: [{ label: 'height' }] } },
    });
    const { device } = body as { device: Json };
    expect(String(device.updated) > String(device.created)).toBe(true);
    expect(registry.events()).toEqual([{ event: 'update', data: device, meta: { service: 'acme' } }]);
    expect(await registry.call('GET', '/device?attr=serial=SN-417')).toMatchObject({ body: { devices: [] } });
    await registry.call('PUT', '/device/aa', { label: 'b', templates: [1] });
    expect(await registry.call('GET', '/device?attr=serial=SN-000')).toMatchObject({
      body: { devices: [{ id: 'aa' }] },
    });
  });

  test('PUT wants templates and a device that exists', async () => {
    expect(await registry.call('PUT', '/device/aa', { label: 'b' })).toEqual({
      status: 400,
      body: { message: 'failed to parse input', errors: { templates: ['Missing data for required field.'] } },
    });
    expect(await registry.call('PUT', '/device/ffff', { label: 'b', templates: [] })).toEqual(
      ordinary(404, 'No such device: ffff'),
    );
    expect(registry.events()).toEqual([]);
  });

  test('adds and drops a template, with an update each', async () => {
    expect(await registry.call('POST', '/device/aa/template/2')).toMatchObject({
      status: 200,
      body: { message: 'device updated', device: { templates: [1, 2], updated: expect.any(String) } },
    });
    expect(await registry.call('DELETE', '/device/aa/template/1')).toMatchObject({
      status: 200,
      body: { message: 'device updated', device: { templates: [2], attrs: { 2: [{ label: 'height' }] } } },
    });
    expect(registry.events()).toMatchObject([{ event: 'update' }, { event: 'update', data: { templates: [2] } }]);
    await registry.call('POST', '/device/aa/template/1');
    expect(await registry.call('GET', '/device/aa')).toMatchObject({
      body: { attrs: { 1: [{}, { static_value: 'SN-000', is_static_overridden: false }, {}, {}] } },
    });
  });

  test('refuses impossible associations', async () => {
    expect(await registry.call('POST', '/device/ff/template/1')).toEqual(ordinary(404, 'No such device: ff'));
    expect(await registry.call('POST', '/device/aa/template/99')).toEqual(ordinary(404, 'No such template: 99'));
    const conflict = 'Template (1) cannot be added to device (aa) as it has standing attribute conflicts';
    expect(await registry.call('POST', '/device/aa/template/1')).toEqual(ordinary(400, conflict));
    expect(await registry.call('DELETE', '/device/aa/template/2')).toEqual(
      ordinary(404, 'Device aa is not associated with template 2'),
    );
    await registry.call('POST', '/template', tower);
    await registry.call('POST', '/device/aa/template/2');
    expect(await registry.call('POST', '/device/aa/template/3')).toEqual(ordinary(400, conflict.replace('(1)', '(3)')));
  });

  test('concurrent changes of one device all count', async () => {
    await Promise.all([
      registry.call('POST', '/device/aa/template/2'),
      registry.call('PUT', '/device/aa', { label: 'b', templates: [2] }),
      registry.call('DELETE', '/device/aa/template/2'),
    ]);
    expect(await registry.call('GET', '/device/aa')).toMatchObject({ body: { label: 'b', templates: [] } });
    expect(registry.events()).toHaveLength(3);
  });
});

describe('removing devices', () => {
  test('answers what it was, tells the bus, and frees the id', async () => {
    await create({ id: 'aa', label: 'a', templates: [1] });
    const { body: device } = await registry.call('GET', '/device/aa');
    const answer = { status: 200, body: { result: 'ok', removed_device: device } };
    expect(await registry.call('DELETE', '/device/aa')).toEqual(answer);
    expect(await registry.call('DELETE', '/device/aa')).toEqual(ordinary(404, 'No such device: aa'));
    expect(await registry.call('GET', '/device/aa')).toEqual(ordinary(404, 'No such device: aa'));
    expect(registry.events()[1]).toEqual({ event: 'remove', data: device, meta: { service: 'acme' } });
    expect(await create({ id: 'aa', label: 'again' })).toMatchObject({ status: 200 });
  });

  test('of all at once says one remove per device', async () => {
    expect(await registry.call('DELETE', '/device')).toEqual({
      status: 200,
      body: { result: 'ok', removed_devices: [] },
    });
    await create({ label: 'x', templates: [1] }, 'count=3');
    const { body } = await registry.call('DELETE', '/device');
    expect((body as { removed_devices: unknown[] }).removed_devices).toHaveLength(3);
    expect(registry.events().filter(({ event }) => event === 'remove')).toHaveLength(3);
    expect(await registry.call('GET', '/device')).toMatchObject({ body: { pagination: { total: 0 } } });
  });
});
