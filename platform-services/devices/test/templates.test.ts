import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Registry, soilProbe, startRegistry, tower } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.stop());

const ordinary = (status: number, message: unknown) => ({ status, body: { message, status } });
const attribute = { label: 'a', type: 'dynamic', value_type: 'float' };

describe('creating a template', () => {
  test('answers 200 with ids from one sequence, attributes before metadata, and microseconds', async () => {
    const { status, body } = await registry.call('POST', '/template', soilProbe);
    const moisture = {
      id: 1,
      label: 'moisture',
      type: 'dynamic',
      value_type: 'float',
      template_id: '1',
      created: '2024-03-01T09:15:42.120001+00:00',
      metadata: [
        {
          id: 5,
          label: 'unit',
          type: 'meta',
          value_type: 'string',
          static_value: '%',
          created: '2024-03-01T09:15:42.120005+00:00',
          updated: null,
        },
      ],
    };
    const serial = {
      id: 2,
      label: 'serial',
      type: 'static',
      value_type: 'string',
      static_value: 'SN-000',
      template_id: '1',
      created: '2024-03-01T09:15:42.120002+00:00',
    };
    expect(status).toBe(200);
    expect(body).toMatchObject({
      result: 'ok',
      template: {
        id: 1,
        label: 'SoilProbe',
        created: '2024-03-01T09:15:42.120000+00:00',
        attrs: [moisture, serial, { label: 'valve' }, { label: 'protocol' }],
        data_attrs: [moisture, serial, { label: 'valve' }],
        config_attrs: [{ label: 'protocol', static_value: 'mqtt' }],
      },
    });
    expect(body).not.toHaveProperty('template.updated');
    expect(body).not.toHaveProperty('template.attrs.0.static_value');
    expect(registry.events()).toEqual([]);
  });

  test('keeps numbers and booleans as text and ignores unknown fields', async () => {
    const attrs = [
      { ...attribute, static_value: 10.5, is_static_overridden: true, colour: 'red' },
      { ...attribute, label: 'b', static_value: true },
      { ...attribute, label: 'c', static_value: null },
    ];
    const { body } = await registry.call('POST', '/template', { label: '', attrs });
    expect(body).toMatchObject({
      template: { label: '', attrs: [{ static_value: '10.5' }, { static_value: 'true' }, {}] },
    });
    expect(body).not.toHaveProperty('template.attrs.0.is_static_overridden');
    expect(body).not.toHaveProperty('template.attrs.2.static_value');
  });

  test('keeps numbers as they were written', async () => {
    const sent = ['89551234567890123456', '10.0', '-1e3', '0.10', '1e999'];
    const attrs = sent.map(
      (value, index) => `{"label":"a${index}","type":"static","value_type":"float","static_value": ${value}}`,
    );
    const body = Buffer.from(`{"label":"t","attrs":[${attrs}]}`);
    const answer = await registry.call('POST', '/template', body);
    expect(answer).toMatchObject({ body: { template: { attrs: sent.map((value) => ({ static_value: value })) } } });
    const own = Buffer.from(
      '{"label":"d","templates":[1],"attrs":[{"id":1,"template_id":1,"label":"a0","static_value":12345678901234567890}]}',
    );
    expect(await registry.call('POST', '/device?verbose=1', own)).toMatchObject({
      body: { devices: [{ attrs: { 1: [{ static_value: '12345678901234567890' }, {}, {}, {}, {}] } }] },
    });
  });

  test('refuses what is nested without end beside a number', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const body = Buffer.from(`{"label":"t","attrs":[{"label":"a","static_value":1}],"x":${deep}}`);
    expect(await registry.call('POST', '/template', body)).toMatchObject({ status: 400 });
  });

  test('takes values of 65,536 characters and no longer ones', async () => {
    const withValue = (length: number, metadata: boolean) => {
      const valued = { ...attribute, static_value: 'x'.repeat(length) };
      return { label: 't', attrs: [metadata ? { ...attribute, metadata: [valued] } : valued] };
    };
    const sentences = { static_value: ['Longer than maximum length 65536.'] };
    for (const metadata of [false, true]) {
      expect(await registry.call('POST', '/template', withValue(65_536, metadata))).toMatchObject({ status: 200 });
      expect(await registry.call('POST', '/template', withValue(65_537, metadata))).toEqual({
        status: 400,
        body: { message: 'failed to parse attr', errors: metadata ? { metadata: { 0: sentences } } : sentences },
      });
    }
    const own = { id: 1, template_id: 1, label: 'a', static_value: 'x'.repeat(65_537) };
    expect(await registry.call('POST', '/device', { label: 'd', templates: [1], attrs: [own] })).toEqual({
      status: 400,
      body: { message: 'failed to parse attr', errors: sentences },
    });
  });

  test('refuses an id that would leave none for others', async () => {
    const withId = (id: number) => ({ label: 't', attrs: [{ ...attribute, id }] });
    expect(await registry.call('POST', '/template', withId(2_147_483_647))).toEqual(
      ordinary(400, 'The id of an attribute or metadata may be at most 1000000 here'),
    );
    expect(await registry.call('POST', '/template', withId(1_000_000))).toMatchObject({ status: 200 });
    expect(await registry.call('POST', '/template', withId(2_000_001))).toMatchObject({ status: 400 });
  });

  test('allows one label with two types', async () => {
    const attrs = [attribute, { ...attribute, type: 'static' }];
    expect(await registry.call('POST', '/template', { label: 't', attrs })).toMatchObject({ status: 200 });
  });

  test('uses ids the client gives, never gives them again, and refuses taken ones', async () => {
    const given = await registry.call('POST', '/template', { label: 't', attrs: [{ ...attribute, id: 40 }] });
    expect(given).toMatchObject({ body: { template: { attrs: [{ id: 40 }] } } });
    const next = await registry.call('POST', '/template', { label: 't', attrs: [attribute] });
    expect(next).toMatchObject({ body: { template: { attrs: [{ id: 41 }] } } });
    const taken = await registry.call('POST', '/template', { label: 't', attrs: [{ ...attribute, id: '41' }] });
    expect(taken).toEqual(ordinary(400, 'Template attribute constraints are violated by the request'));
  });

  test.each([
    ['no object', [], { _schema: ['Invalid input type.'] }],
    ['no label', { attrs: [] }, { label: ['Missing data for required field.'] }],
    ['label null', { label: null, attrs: [] }, { label: ['Field may not be null.'] }],
    ['label a number', { label: 7, attrs: [] }, { label: ['Not a valid string.'] }],
    ['label too long', { label: 'x'.repeat(129), attrs: [] }, { label: ['Longer than maximum length 128.'] }],
    ['no attrs', { label: 't' }, { attrs: ['Missing data for required field.'] }],
    ['attrs no list', { label: 't', attrs: {} }, { attrs: ['Invalid type.'] }],
  ])('refuses a body: %s', async (_case, body, found) => {
    const answer = { status: 400, body: { message: 'failed to parse input', errors: found } };
    expect(await registry.call('POST', '/template', body)).toEqual(answer);
  });

  test.each([
    ['no object', 'a', { _schema: ['Invalid input type.'] }],
    ['no label', { type: 't', value_type: 'v' }, { label: ['Field may not be null.'] }],
    [
      'label with a space',
      { ...attribute, label: 'a b' },
      { label: ['Labels must contain letters, numbers or dashes(-_)'] },
    ],
    [
      'label that no object can have as a key',
      { ...attribute, label: '__proto__' },
      { label: ['Labels must contain letters, numbers or dashes(-_)'] },
    ],
    ['label a list', { ...attribute, label: [] }, { label: ['Not a valid string.'] }],
    ['no type', { label: 'a', value_type: 'v' }, { type: ['Missing data for required field.'] }],
    ['type too long', { ...attribute, type: 'x'.repeat(33) }, { type: ['Longer than maximum length 32.'] }],
    ['id no number', { ...attribute, id: 'x' }, { id: ['Not a valid integer.'] }],
    ['static value an object', { ...attribute, static_value: {} }, { static_value: ['Not a valid string.'] }],
    ['metadata no list', { ...attribute, metadata: {} }, { metadata: ['Invalid type.'] }],
    [
      'metadata without label',
      { ...attribute, metadata: [{ type: 'meta', value_type: 'string' }] },
      { metadata: { 0: { label: ['Missing data for required field.'] } } },
    ],
    [
      'metadata value null',
      { ...attribute, metadata: [{ label: 'm', type: 'meta', value_type: 'string', static_value: null }] },
      { metadata: { 0: { static_value: ['Field may not be null.'] } } },
    ],
    [
      'repeated metadata',
      { ...attribute, metadata: ['meta', 'other'].map((type) => ({ label: 'm', type, value_type: 'string' })) },
      { metadata: ['a template can not have repeated attributes'] },
    ],
  ])('refuses an attribute: %s', async (_case, wrong, found) => {
    const answer = { status: 400, body: { message: 'failed to parse attr', errors: found } };
    expect(await registry.call('POST', '/template', { label: 't', attrs: [attribute, wrong] })).toEqual(answer);
  });

  test('refuses two attributes of the same label and type', async () => {
    const answer = await registry.call('POST', '/template', { label: 't', attrs: [attribute, attribute] });
    expect(answer).toEqual(ordinary(400, 'Template attribute constraints are violated by the request'));
  });

  test('wants JSON and says so; a charset is accepted', async () => {
    const refused = ordinary(400, 'Payload must be valid JSON, and Content-Type set accordingly');
    expect(await registry.call('POST', '/template', Buffer.from('{"label"'))).toEqual(refused);
    expect(await registry.call('POST', '/template', soilProbe, { contentType: 'text/plain' })).toEqual(refused);
    const contentType = 'application/json; charset=utf-8';
    expect(await registry.call('POST', '/template', soilProbe, { contentType })).toMatchObject({ status: 200 });
  });
});

describe('reading templates', () => {
  test('answers a bare template in the format asked for', async () => {
    await registry.call('POST', '/template', tower);
    const { body } = await registry.call('GET', '/template/1');
    expect(Object.keys(body ?? {})).toEqual(['id', 'label', 'created', 'attrs', 'data_attrs', 'config_attrs']);
    const single = await registry.call('GET', '/template/1?attr_format=single');
    expect(Object.keys(single.body ?? {})).toEqual(['id', 'label', 'created', 'attrs']);
    const split = await registry.call('GET', '/template/1?attr_format=split');
    expect(Object.keys(split.body ?? {})).toEqual(['id', 'label', 'created', 'data_attrs', 'config_attrs']);
  });

  test.each(['99', 'x', '1.5'])('does not know template %s', async (id) => {
    expect(await registry.call('GET', `/template/${id}`)).toEqual(ordinary(404, `No such template: ${id}`));
  });

  test('keeps tenants apart', async () => {
    await registry.call('POST', '/template', tower);
    expect(await registry.call('GET', '/template/1', undefined, { tenant: 'other' })).toMatchObject({ status: 404 });
    const { body } = await registry.call('POST', '/template', tower, { tenant: 'other' });
    expect(body).toMatchObject({ template: { id: 1, attrs: [{ id: 1 }] } });
  });

  test.each(['/template/', '/templates', '/template/1/x'])('has nothing at %s', async (path) => {
    expect(await registry.call('GET', path)).toEqual({ status: 404, body: { msg: 'Invalid endpoint requested' } });
  });

  describe('in a list', () => {
    beforeEach(async () => {
      for (const label of ['c', 'a', 'b_%', 'ab', 'A']) await registry.call('POST', '/template', { ...tower, label });
      for (let count = 0; count < 6; count += 1) await registry.call('POST', '/template', soilProbe);
    });

    const labels = async (query: string) => {
      const { body } = await registry.call('GET', `/template?${query}`);
      const { templates } = body as { templates: { id: number; label: string }[] };
      return templates.map(({ id, label }) => `${id}${label}`);
    };

    test('counts pages, not items', async () => {
      const page = async (query: string) => (await registry.call('GET', `/template?${query}`)).body;
      expect(await page('page_size=4')).toMatchObject({
        pagination: { page: 1, total: 3, has_next: true, next_page: 2 },
      });
      expect(await page('page_size=4&page_num=3')).toMatchObject({
        pagination: { page: 3, total: 3, has_next: false, next_page: null },
      });
      expect(await page('page_num=9')).toEqual({
        pagination: { page: 9, total: 1, has_next: false, next_page: null },
        templates: [],
      });
      expect(await page('label=nothing')).toEqual({
        pagination: { page: 1, total: 0, has_next: false, next_page: null },
        templates: [],
      });
    });

    test('is ordered by number, or by label', async () => {
      expect((await labels('page_size=1000')).map((text) => Number.parseInt(text, 10))).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
      ]);
      const probes = [6, 7, 8, 9, 10, 11].map((id) => `${id}SoilProbe`);
      expect(await labels('sortBy=label')).toEqual(['5A', ...probes, '2a', '4ab', '3b_%', '1c']);
      expect(await labels('sortBy=label&attr_type=float&attr=height=1.5')).toEqual(['5A', '2a', '4ab', '3b_%', '1c']);
    });

    test('finds parts of labels, case-sensitive, with wildcards', async () => {
      expect(await labels('label=a')).toEqual(['2a', '4ab']);
      expect(await labels('label=a%25')).toEqual(['2a', '4ab']);
      expect(await labels('label=_b')).toEqual(['4ab', ...[6, 7, 8, 9, 10, 11].map((id) => `${id}SoilProbe`)]);
    });

    test('holds every condition over the whole template', async () => {
      expect(await labels('attr=serial=SN-000&attr=protocol=mqtt')).toHaveLength(6);
      expect(await labels('attr=serial=SN-000&attr_type=bool&label=Soil')).toHaveLength(6);
      expect(await labels('attr=serial=mqtt')).toEqual([]);
      expect(await labels('attr_type=float&attr_type=geo')).toEqual([]);
    });

    test('takes fifty different conditions on attributes, however often each is repeated', async () => {
      expect(await labels(`page_size=1${'&attr_type=float'.repeat(1100)}`)).toHaveLength(1);
      const distinct = (count: number) => Array.from({ length: count }, (_, index) => `attr=a=${index}`).join('&');
      expect(await labels(distinct(50))).toEqual([]);
      const refused = ordinary(400, 'There may be at most 50 different filters attr and attr_type');
      expect(await registry.call('GET', `/template?${distinct(51)}`)).toEqual(refused);
      expect(await registry.call('GET', `/template?${distinct(50)}&attr_type=float`)).toEqual(refused);
      expect(await registry.call('GET', `/device?${distinct(1100)}`)).toEqual(refused);
    });

    test('splits attr at its last equals sign and wants one', async () => {
      await registry.call('POST', '/template', { label: 'x', attrs: [{ ...attribute, static_value: 'b=c' }] });
      expect(await labels('attr=a=b=c')).toEqual([]);
      expect(await registry.call('GET', '/template?attr=serial')).toMatchObject({ status: 400 });
    });

    test.each([
      ['page_num=0', 'Page numbers must be greater than 1'],
      ['page_size=0', 'At least one entry per page is mandatory'],
      ['page_size=-3', 'At least one entry per page is mandatory'],
      ['page_size=x', 'page_size and page_num must be integers'],
      ['page_num=1.5', 'page_size and page_num must be integers'],
    ])('refuses %s', async (query, message) => {
      expect(await registry.call('GET', `/template?${query}`)).toEqual(ordinary(400, message));
    });
  });
});

describe('removing templates', () => {
  test('answers what it was, once', async () => {
    const { body } = await registry.call('POST', '/template', tower);
    const { template } = body as { template: unknown };
    expect(await registry.call('DELETE', '/template/1')).toEqual({
      status: 200,
      body: { result: 'ok', removed: template },
    });
    expect(await registry.call('DELETE', '/template/1')).toEqual(ordinary(404, 'No such template: 1'));
    expect(registry.events()).toEqual([]);
  });

  test('refuses one that a device uses, and all when any is used', async () => {
    const inUse = ordinary(400, 'Templates cannot be removed as they are being used by devices');
    await registry.call('POST', '/template', tower);
    await registry.call('POST', '/template', soilProbe);
    await registry.call('POST', '/device', { label: 'd', templates: [1] });
    expect(await registry.call('DELETE', '/template/1')).toEqual(inUse);
    expect(await registry.call('DELETE', '/template')).toEqual(inUse);
    expect(await registry.call('GET', '/template/2')).toMatchObject({ status: 200 });
    await registry.call('DELETE', '/device');
    expect(await registry.call('DELETE', '/template')).toMatchObject({
      status: 200,
      body: { result: 'ok', removed: [{ id: 1 }, { id: 2 }] },
    });
    expect(await registry.call('GET', '/template/2')).toMatchObject({ status: 404 });
  });
});
