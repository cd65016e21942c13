import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionOptions, Document } from '../../kit/store/store.ts';
import { type Json, type Registry, soilProbe, startRegistry, tower } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
  await registry.call('POST', '/template', soilProbe);
  await registry.call('POST', '/template', tower);
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

describe('listing devices', () => {
  beforeEach(async () => {
    await create({ id: '0998', label: 'field-b', templates: [1, 2], attrs: [serial] });
    await create({ id: '4f2b1', label: 'field-a', templates: [1] });
    await create({ id: 'c3d4e5', label: 'Field-c' });
  });

  const ids = async (query: string) => (await registry.call('GET', `/device?idsOnly=true&${query}`)).body;

  test('is paged, by id or by label', async () => {
    expect(await registry.call('GET', '/device?page_size=2')).toMatchObject({
      body: {
        pagination: { page: 1, total: 2, has_next: true, next_page: 2 },
        devices: [{ id: '0998' }, { id: '4f2b1' }],
      },
    });
    expect(await ids('sortBy=label')).toEqual(['c3d4e5', '4f2b1', '0998']);
    expect(await ids('sortBy=other')).toEqual(['0998', '4f2b1', 'c3d4e5']);
  });

  test.each(['idsOnly', 'idsOnly=TRUE', 'idsOnly=1'])('answers bare ids for %s', async (query) => {
    expect(await registry.call('GET', `/device?${query}&page_size=2`)).toEqual({
      status: 200,
      body: ['0998', '4f2b1'],
    });
  });

  test('takes a line feed in a filter for no end of a label', async () => {
    const attrs = [{ ...serial, label: 'serial', static_value: 'SN\n500' }];
    await registry.call('PUT', '/device/0998', { label: 'field', templates: [1], attrs });
    expect(await ids('attr=serial=SN%0A500')).toEqual(['0998']);
    expect(await ids('attr=serial%0ASN=500')).toEqual([]);
  });

  test('finds a device by what one template says where it has an own value for another', async () => {
    const attrs = ['static', 'dynamic'].map((type) => ({ label: 'x', type, value_type: 'string', static_value: 'v' }));
    const { body } = await registry.call('POST', '/template', { label: 'two', attrs });
    const { template } = body as { template: { id: number; attrs: { id: number }[] } };
    const [first, second] = template.attrs.map(({ id }) => id);
    const own = (id: number | undefined) => [{ id, template_id: template.id, label: 'x', static_value: 'own' }];
    await create({ id: 'a1', label: 'one', templates: [1, template.id], attrs: own(first) });
    expect(await ids('attr=x=v')).toEqual(['a1']);
    expect(await ids('attr=x=own')).toEqual(['a1']);
    expect(await ids('attr=serial=SN-000&attr=x=own')).toEqual(['a1']);
    const both = [...own(first), { ...own(second)[0], label: 'other' }];
    await registry.call('PUT', '/device/a1', { label: 'one', templates: [template.id], attrs: both });
    expect(await ids('attr=x=v')).toEqual([]);
    expect(await ids('attr=serial=SN-000')).toEqual(['4f2b1']);
  });

  test('finds long values too', async () => {
    const long = 'v'.repeat(5000);
    await create({ id: 'a1', label: 'one', templates: [1], attrs: [{ ...serial, static_value: long }] });
    await create({ id: 'a2', label: 'two', templates: [1], attrs: [{ ...serial, static_value: `${long}w` }] });
    expect(await ids(`attr=serial=${long}`)).toEqual(['a1']);
    expect(await ids(`attr=serial=${long}w`)).toEqual(['a2']);
  });

  test('combines all filters, each device once', async () => {
    expect(await ids('label=field')).toEqual(['0998', '4f2b1']);
    expect(await ids('attr=serial=SN-417')).toEqual(['0998']);
    expect(await ids('attr=serial=SN-000')).toEqual(['4f2b1']);
    expect(await ids('attr=serial=SN-417&attr=height=1.5&label=b&template=2')).toEqual(['0998']);
    expect(await ids('attr_type=string')).toEqual(['0998', '4f2b1']);
    expect(await ids('attr_type=string&attr_type=bool&attr=serial=SN-000')).toEqual(['4f2b1']);
    expect(await ids('template=1')).toEqual(['0998', '4f2b1']);
    expect(await registry.call('GET', '/device?template=x')).toMatchObject({ status: 400 });
    expect(await registry.call('GET', '/device?label=field&attr_type=float')).toMatchObject({
      body: { pagination: { total: 1 } },
    });
  });

  test('by template', async () => {
    expect(await registry.call('GET', '/device/template/1?page_size=1')).toMatchObject({
      body: { pagination: { page: 1, total: 2, has_next: true, next_page: 2 }, devices: [{ id: '0998' }] },
    });
    expect(await registry.call('GET', '/device/template/99')).toMatchObject({
      status: 200,
      body: { pagination: { total: 0 }, devices: [] },
    });
  });

  test('reads the templates of a whole page at once', async () => {
    let reads = 0;
    const counting = await startRegistry({
      wrapStore: (store) => ({
        ...store,
        async collection<T extends Document>(name: string, options?: CollectionOptions) {
          const collection = await store.collection<T>(name, options);
          const find: typeof collection.find = (...args) => {
            reads += 1;
            return collection.find(...args);
          };
          return { ...collection, find };
        },
      }),
    });
    try {
      await counting.call('POST', '/template', soilProbe);
      await counting.call('POST', '/device?count=30', { label: 'x', templates: [1] });
      reads = 0;
      await counting.call('GET', '/device?page_size=30');
      expect(reads).toBe(1);
    } finally {
      await counting.stop();
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

describe('an answer that is long', () => {
  const wide = Array.from({ length: 1000 }, (_, n) => ({ label: `a${n}`, type: 'static', value_type: 'string' }));
  beforeEach(async () => {
    for (let n = 0; n < 3; n += 1) await registry.call('POST', '/template', { label: 'wide', attrs: wide });
    await create({ label: 'd', templates: [3] }, 'count=20');
  });

  const pagesOf = async (devices: AsyncIterable<{ readonly id: string }>) => {
    const found: string[] = [];
    for await (const { id } of devices) found.push(id);
    return found;
  };

  test.each(['/device?page_size=100', '/template?page_size=100'])('to %s is sent in pieces', async (path) => {
    const pieces = await registry.pieces('GET', path);
    expect(pieces.length).toBeGreaterThan(2);
    expect(Object.keys(JSON.parse(pieces.join('')))).toHaveLength(2);
  });

  test('of removed devices is sent as they go, and they all go though nobody reads on', async () => {
    const removed = registry.service.removeAllDevices('acme')[Symbol.asyncIterator]();
    await removed.next();
    expect((await registry.call('GET', '/device?idsOnly')).body).not.toEqual([]);
    await removed.return?.();
    expect((await registry.call('GET', '/device?idsOnly')).body).toEqual([]);
    expect(registry.events().filter(({ event }) => event === 'remove')).toHaveLength(20);
  });

  test('has one device for each, whatever the order', async () => {
    const query = new URLSearchParams('sortBy=label&page_size=15&page_num=2');
    const page = await registry.service.listDevices('acme', query);
    if (Array.isArray(page)) throw new Error('a page was expected');
    expect(await pagesOf(page.devices)).toHaveLength(5);
    expect(page.pagination).toMatchObject({ page: 2, total: 2 });
  });
});

describe('commands', () => {
  beforeEach(async () => {
    await create({ id: 'aa', label: 'a', templates: [1] });
    registry.bus.published.length = 0;
  });

  test('are on the bus before they are answered; other keys travel along', async () => {
    const answer = await registry.call(
      'PUT',
      '/device/aa/actuate',
      { attrs: { valve: true }, why: 1, id: 'x' },
      {
        contentType: 'text/plain',
      },
    );
    const sent = 'configuration sent to device';
    expect(answer).toEqual({ status: 200, body: { ' status': sent, status: sent } });
    expect(registry.events()).toEqual([
      {
        event: 'configure',
        data: { attrs: { valve: true }, why: 1, id: 'aa' },
        meta: { service: 'acme', timestamp: Date.parse('2024-03-01T09:15:42.120Z') },
      },
    ]);
  });

  test('to anything but actuators are refused as a whole', async () => {
    const attrs = { valve: true, moisture: 1, nothing: 2 };
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs })).toEqual({
      status: 403,
      body: { status: 'some of the attributes are not configurable', attrs: ['moisture', 'nothing'] },
    });
    expect(registry.events()).toEqual([]);
  });

  test('to `__proto__` are refused like those to any attribute that is no actuator', async () => {
    const body = Buffer.from('{"attrs":{"valve":true,"__proto__":"x"}}');
    expect(await registry.call('PUT', '/device/aa/actuate', body)).toEqual({
      status: 403,
      body: { status: 'some of the attributes are not configurable', attrs: ['__proto__'] },
    });
    expect(registry.events()).toEqual([]);
  });

  test('answer 404, 400 and 503 where they must', async () => {
    expect(await registry.call('PUT', '/device/ff/actuate', { attrs: {} })).toEqual(
      ordinary(404, 'No such device: ff'),
    );
    expect(await registry.call('PUT', '/device/aa/actuate', Buffer.from('{'))).toMatchObject({ status: 400 });
    expect(await registry.call('PUT', '/device/aa/actuate', {})).toMatchObject({ status: 400 });
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs: [1] })).toMatchObject({ status: 400 });
    const deep = Buffer.from(`{"attrs":{"valve":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`);
    expect(await registry.call('PUT', '/device/aa/actuate', deep)).toMatchObject({ status: 400 });
    registry.bus.available = false;
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs: { valve: 1 } })).toMatchObject({ status: 503 });
  });
});
