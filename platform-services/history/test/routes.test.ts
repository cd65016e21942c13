import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DeviceDirectory, KnownDevice } from '../../kit/directory.ts';
import { type ApiResponse, isPieces, type Pieces } from '../../kit/http/route.ts';
import { silentLog } from '../../kit/log.ts';
import type { Json } from '../../kit/store/store.ts';
import { sweep } from '../expiry.ts';
import { notificationReader, notificationSeries } from '../notifications.ts';
import { historyReader } from '../reader.ts';
import { historyRoutes } from '../routes.ts';
import { type MemoryHistory, memoryHistory } from './support/memory-history.ts';

const now = Date.parse('2022-03-08T12:00:00Z');
const clock = { now: () => now };
const expirationMs = 7 * 86_400_000;

const attribute = (label: string) => ({ label, type: 'dynamic', valueType: 'float' });
const thermometer: KnownDevice = {
  id: 'a1',
  label: 'thermometer',
  templates: ['1'],
  attributes: [attribute('t'), attribute('p'), { ...attribute('serial'), type: 'static', staticValue: '7' }],
};
const devices: DeviceDirectory = {
  find: async (tenant, id) => (tenant === 'acme' && id === 'a1' ? thermometer : undefined),
};

let store: MemoryHistory;

beforeEach(async () => {
  store = memoryHistory();
  await say('a1', 't', '2022-03-02T12:00:00.000Z', 1);
  await say('a1', 't', '2022-03-03T12:00:00.123Z', 2, { protocol: 'mqtt' });
  await say('a1', 't', '2022-03-04T12:00:00.000Z', 3);
  await say('a1', 'p', '2022-03-04T12:00:00.000Z', { deep: ['a"b', true] });
  await say('a1', 'hidden', '2022-03-04T12:00:00.000Z', 5);
  await say('gone', 't', '2022-03-04T12:00:00.000Z', 4);
});

async function say(
  deviceId: string,
  name: string,
  at: string,
  value: Json,
  metadata?: Record<string, Json>,
): Promise<void> {
  const point = { tenant: 'acme', deviceId, attribute: name, time: Date.parse(at), value };
  const entry = { points: [metadata ? { ...point, metadata } : point] };
  await store.append([entry], { topic: 'acme.device-data', partition: 0, offset: 1 });
}

interface Ask {
  readonly id?: string;
  readonly tenant?: string;
  readonly accept?: string;
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
}

async function ask(
  rawQuery: string,
  { id = 'a1', tenant = 'acme', accept, path = '/history/device/{id}/history', params = {} }: Ask = {},
): Promise<ApiResponse> {
  const { routes } = historyRoutes({
    history: historyReader({ historyStore: store, devices, clock, expirationMs }),
    notifications: notificationReader({ historyStore: store, clock, expirationMs }),
  });
  const route = routes.find(({ endpoint }) => endpoint.path === path);
  if (!route) throw new Error('no route');
  const answer = await route.handler({
    identity: { tenant, username: 'ana', userId: 1 },
    method: 'GET',
    params: { id, ...params },
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: { accept },
    clientAddress: '127.0.0.1',
    body: Buffer.alloc(0),
    requestId: 'r',
  });
  return { ...answer, body: isPieces(answer.body) ? await textOf(answer.body) : answer.body };
}

async function textOf(pieces: Pieces): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** The rows of an answer in JSON. */
async function rowsOf(rawQuery: string, who: Ask = {}): Promise<unknown> {
  const { status, body } = await ask(rawQuery, who);
  if (status !== 200 || typeof body !== 'string') throw new Error(`status ${status}`);
  return JSON.parse(body);
}

/** Values by attribute, or of the one attribute. */
async function valuesOf(rawQuery: string): Promise<unknown> {
  const body = await rowsOf(rawQuery);
  if (typeof body !== 'object' || body === null) throw new Error('neither a list nor an object');
  const values = (rows: { value: unknown }[]) => rows.map(({ value }) => value);
  return Array.isArray(body)
    ? values(body)
    : Object.fromEntries(Object.entries(body).map(([label, rows]) => [label, values(rows)]));
}

describe('attributes', () => {
  test('one: a list of rows with all their fields', async () => {
    expect(await rowsOf('attr=t&lastN=2')).toEqual([
      { attr: 't', value: 3, device_id: 'a1', ts: '2022-03-04T12:00:00Z', metadata: {} },
      { attr: 't', value: 2, device_id: 'a1', ts: '2022-03-03T12:00:00.123000Z', metadata: { protocol: 'mqtt' } },
    ]);
  });

  const deep = { deep: ['a"b', true] };
  test.each([
    ['', { t: [3, 2, 1], p: [deep], serial: [] }],
    ['attr=', { t: [3, 2, 1], p: [deep], serial: [] }],
    ['attr=t,p', { t: [3, 2, 1], p: [deep] }],
    ['attr=t%2Cp', { t: [3, 2, 1], p: [deep] }],
    ['attr=t&attr=p', { t: [3, 2, 1], p: [deep] }],
    ['attr=t,', { t: [3, 2, 1] }],
    ['attr=t,nothing', { t: [3, 2, 1], nothing: [] }],
    ['attr=hidden', [5]],
  ])('?%s', async (query, values) => {
    expect(await valuesOf(query)).toEqual(values);
  });
});

describe('limits and dates', () => {
  test.each([
    ['', [3, 2, 1]],
    ['lastN=2', [3, 2]],
    ['hLimit=1', [3]],
    ['firstN=2', [1, 2]],
    ['firstN=0', [1, 2, 3]],
    ['lastN=0', [3, 2, 1]],
    ['lastN=-2', [3, 2]],
    ['lastN=%2B2', [3, 2]],
    ['lastN=', [3, 2, 1]],
    ['lastN=99999999999999999999', [3, 2, 1]],
    ['firstN=1&lastN=2&hLimit=3', [1]],
    ['lastN=2&hLimit=abc', [3, 2]],
    ['dateFrom=2022-03-03T12:00:00.123Z', [3, 2]],
    ['dateTo=2022-03-03T12:00:00.123Z', [2, 1]],
    ['dateFrom=2022-03-03&dateTo=2022-03-04', [2]],
    ['dateFrom=2022-03-04T14:00:00+02:00', [3]],
    ['dateFrom=2022-03-02T00:00&lastN=1', [3]],
    ['dateFrom=2022-03-02T00:00&firstN=1', [1]],
  ])('?%s', async (query, values) => {
    expect(await valuesOf(`attr=t&${query}`)).toEqual(values);
  });
});

describe('errors', () => {
  const known = (title: string, description: string) => JSON.stringify({ title, description }, null, 4);
  const device = known('Device not found', 'No data for the given device could be found');
  const attr = known('Attr not found', 'No data for the given attribute could be found');
  const wrong = (name: string, what: string) =>
    known('Invalid parameter', `The "${name}" parameter is invalid. Must be ${what}.`);

  test.each<[string, Ask, number, string]>([
    ['attr=t', { id: 'nobody' }, 404, device],
    ['attr=t', { tenant: 'other' }, 404, device],
    ['lastN=x', { id: 'nobody' }, 404, device],
    ['', { id: 'gone' }, 404, device],
    ['attr=nothing', {}, 404, attr],
    ['attr=t&dateFrom=2022-03-05', {}, 404, attr],
    ['attr=t&lastN=x', {}, 400, wrong('lastN', 'integer')],
    ['attr=t&firstN=1.5', {}, 400, wrong('firstN', 'integer')],
    ['attr=t&hLimit=3,4', {}, 400, wrong('hLimit', 'integer')],
    ['attr=t&lastN=3&lastN=4', {}, 400, wrong('lastN', 'integer')],
    ['attr=t&dateFrom=1650000000', {}, 400, wrong('dateFrom', 'a date')],
    ['attr=t&dateTo=tomorrow', {}, 400, wrong('dateTo', 'a date')],
    ['', { accept: 'image/png' }, 406, ''],
  ])('?%s of %j is answered %i', async (query, who, status, body) => {
    const answer = await ask(query, who);
    expect([answer.status, answer.body ?? '']).toEqual([status, body]);
    expect(answer.headers?.Vary).toBe('Accept');
  });

  test('are JSON, XML when the client prefers it, empty when it takes neither', async () => {
    const answer = (accept: string) => ask('', { id: 'nobody', accept });
    expect((await answer('*/*')).headers?.['Content-Type']).toBe('application/json; charset=UTF-8');
    expect((await answer('application/xml, application/json;q=0.5')).body).toContain(
      '<error><title>Device not found</title><description>',
    );
    expect((await answer('text/csv')).body).toBeUndefined();
  });

  test('outside of a handler are what the client can read as well', () => {
    const { renderError, notFound } = historyRoutes({
      history: historyReader({ historyStore: store, devices, clock, expirationMs }),
      notifications: notificationReader({ historyStore: store, clock, expirationMs }),
    });
    const error = notFound('/history/nothing');
    expect(renderError(error).headers?.['Content-Type']).toBe('application/json; charset=UTF-8');
    expect(renderError(error, 'text/xml').body).toContain('<error><title>Not found</title>');
    expect(renderError(error, 'text/csv').body).toBeUndefined();
  });

  test('of a removed device the history stays readable by attribute', async () => {
    expect((await ask('attr=t', { id: 'gone' })).status).toBe(200);
  });
});

describe('CSV', () => {
  test('is sent when only CSV is accepted', async () => {
    const answer = await ask('attr=p&attr=t&lastN=2', { accept: 'text/csv' });
    expect(answer.headers?.['Content-Type']).toBe('text/csv; charset=utf-8');
    expect(answer.body).toBe(
      [
        '"attr","value.deep.0","value.deep.1","device_id","ts","value","metadata.protocol"',
        '"p","a""b","true","a1","2022-03-04T12:00:00Z","",""',
        '"t","","","a1","2022-03-04T12:00:00Z",3,""',
        '"t","","","a1","2022-03-03T12:00:00.123000Z",2,"mqtt"',
        '',
      ].join('\n'),
    );
  });

  test.each([['*/*'], ['text/csv, application/json'], ['text/csv, application/json;q=0.1'], [undefined]])(
    'is not sent for %s',
    async (accept) => {
      expect(Array.isArray(await rowsOf('attr=t', accept === undefined ? {} : { accept }))).toBe(true);
    },
  );

  test('without rows is empty', async () => {
    expect((await ask('attr=serial,nothing', { accept: 'text/csv' })).body).toBe('');
  });
});

describe('notifications', () => {
  const path = '/history/notifications/history';
  const notification = (n: number, metaAttrsFilter: Record<string, Json>, subject = 'user_notification') =>
    say('', notificationSeries.attribute, `2022-03-05T12:00:00.${100 + n}Z`, {
      msgID: `m${n}`,
      metaAttrsFilter: { shouldPersist: true, ...metaAttrsFilter },
      message: `tank ${n}`,
      subject,
    });
  const idsOf = async (query: string) => {
    const answer = await rowsOf(query, { path });
    if (typeof answer !== 'object' || answer === null || !('notifications' in answer)) throw new Error('no list');
    const { notifications } = answer;
    return Array.isArray(notifications) ? notifications.map(({ msgID }) => msgID) : notifications;
  };

  test('are told as they were sent, with the time in their key ts', async () => {
    await notification(1, { level: 3 });
    expect((await ask('', { path })).body).toBe(
      JSON.stringify({
        notifications: [
          {
            msgID: 'm1',
            metaAttrsFilter: { shouldPersist: true, level: 3 },
            message: 'tank 1',
            subject: 'user_notification',
            ts: '2022-03-05T12:00:00.101000Z',
          },
        ],
      }),
    );
    expect((await ask('', { path, accept: 'text/csv' })).body).toBe(
      [
        '"msgID","metaAttrsFilter.shouldPersist","metaAttrsFilter.level","message","subject","ts"',
        '"m1","true",3,"tank 1","user_notification","2022-03-05T12:00:00.101000Z"',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['', ['m12', 'm11', 'm10', 'm9', 'm8', 'm7', 'm6', 'm5', 'm4', 'm3']],
    ['limit=2', ['m12', 'm11']],
    ['limit=-2', ['m12', 'm11']],
    ['limit=0&dateTo=2022-03-05T12:00:00.102Z', ['m2', 'm1']],
    ['dateFrom=2022-03-05T12:00:00.112Z', ['m12']],
    ['dateFrom=2022-03-06', []],
    ['subject="user_notification"&limit=1', ['m12']],
    ['subject=%22other%22', ['m5']],
    ['subject=other', ['m5']],
    ['level=3', ['m3']],
    ['level="3"', ['m4']],
    ['level=3&subject="other"', []],
    ['zone=north', ['m6']],
    ['zone="north"&open=true', ['m6']],
    ['open=false', ['m7']],
    ['toString=x', []],
  ])('?%s', async (query, ids) => {
    const meta: Record<number, Record<string, Json>> = {
      ...{ 3: { level: 3 }, 4: { level: '3' }, 6: { zone: 'north', open: true }, 7: { open: false } },
    };
    for (let n = 1; n <= 12; n += 1) await notification(n, meta[n] ?? {}, n === 5 ? 'other' : 'user_notification');
    expect(await idsOf(query)).toEqual(ids);
  });

  test('of nobody are none; those of other tenants and expired ones are not told', async () => {
    expect((await ask('', { path })).body).toBe('{"notifications":[]}');
    await notification(1, {});
    expect((await ask('', { path, tenant: 'other' })).body).toBe('{"notifications":[]}');
    await say('', notificationSeries.attribute, '2022-02-01T12:00:00.000Z', { msgID: 'old' });
    expect(await idsOf('dateFrom=2022-01-01')).toEqual(['m1']);
    expect((await ask('limit=x', { path })).status).toBe(400);
    expect((await ask('dateTo=x', { path })).status).toBe(400);
  });

  test('are read no further than the last that is wanted', async () => {
    for (let n = 0; n < 300; n += 1) await notification(n, {});
    await idsOf('limit=3');
    expect(store.asked.all).toBe(1);
  });
});

describe('the form of STH', () => {
  const path = '/history/STH/v1/contextEntities/type/{type}/id/{id}/attributes/{attr}';
  const valuesIn = async (query: string, attr = 't') => {
    const { status, body } = await ask(query, { path, params: { type: 'sensor', attr } });
    if (status !== 200 || typeof body !== 'string') return status;
    const [{ contextElement }] = JSON.parse(body).contextResponses;
    return contextElement.attributes[0].values.map(({ attrValue }: { attrValue: unknown }) => attrValue);
  };

  test('has its envelope', async () => {
    const { body } = await ask('', { path, params: { type: 'sen"sor', attr: 'p' } });
    const value = { attrType: 'sen"sor', attrValue: { deep: ['a"b', true] }, recvTime: '2022-03-04T12:00:00Z' };
    const attributes = [{ name: 'p', values: [value] }];
    const contextElement = { attributes, id: 'a1', isPattern: false, type: 'sen"sor' };
    const statusCode = { code: '200', reasonPhrase: 'OK' };
    expect(body).toBe(JSON.stringify({ contextResponses: [{ contextElement, statusCode }] }));
  });

  test.each([
    ['', [1, 2, 3]],
    ['lastN=2', [2, 3]],
    ['hLimit=2', [2, 3]],
    ['firstN=2', [2, 1]],
    ['firstN=0', [3, 2, 1]],
    ['dateFrom=2022-03-03', [2, 3]],
    ['dateTo=2022-03-03&lastN=9', [1]],
    ['dateFrom=2022-03-06', 404],
    ['lastN=x', 400],
  ])('tells the rows in reverse for ?%s', async (query, values) => {
    expect(await valuesIn(query)).toEqual(values);
  });

  test('turns around many rows as well', async () => {
    const times = Array.from({ length: 250 }, (_, n) => n);
    for (const n of times) await say('a1', 'many', new Date(now - 1000 + n).toISOString(), n);
    expect(await valuesIn('', 'many')).toEqual(times);
    expect(await valuesIn('lastN=240', 'many')).toEqual(times.slice(10));
    expect(await valuesIn('firstN=240', 'many')).toEqual(times.slice(0, 240).reverse());
  });

  test('turns around rows of one instant as well', async () => {
    for (let n = 0; n < 500; n += 1)
      await say('a1', 'same', new Date(now - 1000 + Math.floor(n / 250)).toISOString(), n);
    const all = Array.from({ length: 500 }, (_, n) => n);
    for (const limit of [1, 100, 249, 250, 251, 400, 500, 900]) {
      expect(await valuesIn(`lastN=${limit}`, 'same')).toEqual(all.slice(-limit));
      expect(await valuesIn(`firstN=${limit}`, 'same')).toEqual(all.slice(0, limit).reverse());
    }
  });

  test('knows one attribute only, and JSON only', async () => {
    expect(await valuesIn('', 'nothing')).toBe(404);
    expect(await valuesIn('', 't,p')).toBe(404);
    expect((await ask('', { path, id: 'nobody', params: { type: 'x', attr: 't' } })).status).toBe(404);
    expect((await ask('', { path, accept: 'text/csv', params: { type: 'x', attr: 't' } })).status).toBe(406);
  });
});

describe('expiry', () => {
  test('what is older than the expiration is gone for readers at once', async () => {
    await say('a1', 'old', '2022-03-01T11:59:59.999Z', 1);
    await say('a1', 'young', '2022-03-01T12:00:00.000Z', 1);
    expect((await ask('attr=old')).status).toBe(404);
    expect((await ask('attr=old&dateFrom=2022-01-01&dateTo=2023-01-01')).status).toBe(404);
    expect((await ask('attr=young')).status).toBe(200);
  });

  test('the sweep removes it', async () => {
    await say('a1', 'old', '2022-03-01T11:59:59.999Z', 1);
    await sweep({ historyStore: store, clock, log: silentLog, expirationMs });
    expect(store.points().map(({ attribute }) => attribute)).not.toContain('old');
    expect(store.points()).toHaveLength(6);
  });

  test('a sweep that fails is logged and does not throw', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, error: (message: string) => void lines.push(message) };
    const historyStore = { expire: () => Promise.reject(new Error('disk')) };
    await sweep({ historyStore, clock, log, expirationMs });
    expect(lines).toEqual(['expired values could not be removed']);
  });
});
