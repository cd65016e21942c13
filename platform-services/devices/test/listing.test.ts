import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionOptions, Document } from '../../kit/store/store.ts';
import { type Registry, soilProbe, startRegistry, startStockedRegistry } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startStockedRegistry();
});
afterEach(() => registry.stop());

const serial = { id: 2, template_id: '1', label: 'serial', static_value: 'SN-417' };
const create = (body: unknown, query = 'verbose=true') => registry.call('POST', `/device?${query}`, body);

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
