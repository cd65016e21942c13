import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PlatformError } from '../../kit/errors.ts';
import type { ApiRequest } from '../../kit/http/route.ts';
import { rawExchange, rawGet } from './support/raw.ts';
import { bearer, cookieFor, groupOf, route, startWorld, tokenFor, until, type World } from './support/world.ts';

let world: World;
let last: ApiRequest | undefined;
/** The handler of `/wide/held` waits for it. */
let held = Promise.withResolvers<void>();

beforeAll(async () => {
  const remember = (request: ApiRequest) => {
    last = request;
    return { status: 200, body: { tenant: request.identity.tenant, params: request.params } };
  };
  const things = groupOf(
    'things',
    [
      route('get', '/things', remember),
      route('post', '/things', remember),
      route('get', '/things/{id}', remember),
      route('get', '/things/big/text', () => ({ status: 200, body: 'x'.repeat(10_000) })),
      route('put', '/things/{id}/conflict', () => {
        throw new PlatformError('TAKEN', 409, 'taken');
      }),
      route('get', '/things/bug/here', () => {
        throw new TypeError('secret detail');
      }),
    ],
    { methodNotAllowed: () => new PlatformError('VERB', 405, 'not so') },
  );
  const quiet = groupOf('quiet', [route('get', '/quiet', remember)]);
  const open = groupOf('open', [route('post', '/open', remember), route('get', '/open', remember)]);
  const wide = groupOf(
    'wide',
    [
      route('post', '/wide', remember),
      route('post', '/wide/held', async (request) => {
        remember(request);
        await held.promise;
        return { status: 200 };
      }),
    ],
    { bodyLimit: 10_000_000 },
  );
  world = await startWorld({ groups: [things, quiet], publicGroups: [open, wide] });
});

afterAll(() => world.stop());

const call = async (path: string, init: RequestInit = {}) =>
  fetch(`${world.url}${path}`, { ...init, headers: { ...(await bearer('acme')), ...init.headers } });

describe('a token', () => {
  test.each([
    ['none', '/things', {}, { message: 'Unauthorized' }],
    ['an Authorization in another form', '/things', { authorization: 'Basic eDp5' }, { message: 'Unauthorized' }],
    ['two in the query', '/things?jwt=a&jwt=b', {}, { message: 'Multiple tokens provided' }],
    ['one that is not ours', '/things', { authorization: 'Bearer a.b.c' }, { message: 'Invalid signature' }],
    ['none, on a path nobody knows', '/things/a/b/c', {}, { message: 'Unauthorized' }],
  ])('%s is answered 401', async (_, path, headers: Record<string, string>, body) => {
    const answer = await fetch(world.url + path, { headers });
    expect([answer.status, await answer.json()]).toEqual([401, body]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  test('that has expired says so', async () => {
    const answer = await call('/things', {
      headers: { authorization: `Bearer ${await tokenFor('acme', 'ana', 10, 60)}` },
    });
    expect([answer.status, await answer.json()]).toEqual([401, { exp: 'token expired' }]);
  });

  test('in the query is accepted, wins over the header and is not handed on', async () => {
    const path = `/things?a=1&jwt=${await tokenFor('other')}&b=%2C`;
    expect(await (await call(path)).json()).toMatchObject({ tenant: 'other' });
    expect(last?.rawQuery).toBe('a=1&b=%2C');
    expect(last?.query.has('jwt')).toBe(false);
  });

  test('in the session cookie is accepted from our own pages only', async () => {
    const cookie = `a=b; ${await cookieFor('acme')}`;
    const host = `127.0.0.1:${world.port}`;
    const status = async (method: string, headers: Record<string, string>) => {
      const lines = Object.entries({ cookie, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = method === 'POST' ? 'Content-Length: 0\r\n' : '';
      const request = `${method} /things HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${length}${lines.join('')}\r\n`;
      return Number((await rawExchange(world.port, request)).split(' ')[1]);
    };
    expect(await status('GET', {})).toBe(200);
    expect(await status('GET', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status('GET', { origin: 'http://evil.example' })).toBe(403);
    expect(await status('POST', {})).toBe(403);
    expect(await status('POST', { origin: `http://${host}` })).toBe(200);
    expect(await status('POST', { origin: 'null' })).toBe(403);
    expect(await status('POST', { 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await status('POST', { 'sec-fetch-site': 'same-site', origin: `http://${host}` })).toBe(403);
    expect(await status('GET', { authorization: 'Basic eDp5' })).toBe(401);
    expect(await status('GET', { cookie: `dojot-session=${await tokenFor('acme')}` })).toBe(401);
  });
});

describe('a route', () => {
  test('gets decoded parameters; an encoded slash stays inside one', async () => {
    expect(await (await call('/things/a%2Fb%20c')).json()).toEqual({ tenant: 'acme', params: { id: 'a/b c' } });
  });

  test('an error is rendered in the form of its group', async () => {
    const answer = await call('/things/1/conflict', { method: 'PUT' });
    expect([answer.status, await answer.json()]).toEqual([409, { oops: 'taken' }]);
  });

  test('an unforeseen error is a 500 without its text, logged once under the id the client gets', async () => {
    world.logged.length = 0;
    const answer = await call('/things/bug/here', { headers: { 'x-request-id': 'mine-1' } });
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { oops: 'An unexpected error has occurred.', requestId: 'mine-1' },
    ]);
    expect(world.logged).toMatchObject([{ fields: { requestId: 'mine-1', path: '/things/bug/here' } }]);
  });

  test('unknown paths and verbs are answered in the form of the group', async () => {
    expect(await (await call('/things/1/2/3')).json()).toEqual({ oops: 'no /things/1/2/3' });
    const wrongVerb = await call('/things', { method: 'DELETE' });
    expect([wrongVerb.status, wrongVerb.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD, OPTIONS']);
    expect((await call('/quiet', { method: 'POST' })).status).toBe(404);
    const nobodys = await call('/nothing');
    expect([nobodys.status, await nobodys.json()]).toEqual([404, { message: 'There is nothing at this path.' }]);
  });

  test('OPTIONS lists the verbs, HEAD has no body', async () => {
    const options = await call('/things', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
    const head = await call('/things', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
  });

  test.each([
    ['/things/%E0%A4%A', 400],
    ['/things/%00', 404],
    ['//things', 404],
    ['/things//', 404],
    ['/things/../things', 404],
    ['http://elsewhere.example/things/7', 200],
    ['*', 404],
    ['/console/%E0%A4%A', 400],
    ['/console/..%2f..%2fpackage.json', 404],
  ])('the target %s is harmless', async (target, status) => {
    const answer = await rawGet(world.port, target, await bearer());
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/at .*:\d+:\d+/);
  });
});

describe('a body', () => {
  const send = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
    call('/things', {
      method: 'POST',
      body,
      headers,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit);

  test('reaches the handler as it was sent', async () => {
    expect((await send('é{')).status).toBe(200);
    expect(last?.body.toString()).toBe('é{');
  });

  test('that is announced too large is refused before it is sent', async () => {
    const { authorization } = await bearer();
    const head = `POST /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\n`;
    const announced = await rawExchange(world.port, `${head}Content-Length: 52428800\r\nExpect: 100-continue\r\n\r\n`);
    expect(announced).toMatch(/^HTTP\/1.1 413 /);
    expect(announced).toContain('{"oops":"The body of the request is larger than 1000 bytes."}');
  });

  test('that turns out too large is refused while it comes', async () => {
    const chunk = 'x'.repeat(700);
    const stream = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 3; n += 1) controller.enqueue(Buffer.from(chunk));
        controller.close();
      },
    });
    const answer = await send(stream);
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { oops: 'The body of the request is larger than 1000 bytes.' },
    ]);
  });

  test('that waits for 100 Continue gets it when it is small enough', async () => {
    const { authorization } = await bearer();
    const text = `POST /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi`;
    expect(await rawExchange(world.port, text)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });

  test('that comes in tiny chunks is put together, but not without end', async () => {
    const inBytes = (count: number) => {
      const head = 'POST /wide HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
      return rawExchange(world.port, `${head}${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`);
    };
    expect(await inBytes(9000)).toMatch(/^HTTP\/1.1 200 /);
    expect(last?.body.toString()).toBe('x'.repeat(9000));
    expect(await inBytes(50_000)).toMatch(/^HTTP\/1.1 400 [\s\S]*too many tiny chunks/);
  });

  test('finds no room while its sender holds much already, and room again afterwards', async () => {
    held = Promise.withResolvers();
    last = undefined;
    const body = Buffer.alloc(6_000_000);
    const first = fetch(`${world.url}/wide/held`, { method: 'POST', body });
    await until('the first body', () => last !== undefined);
    const second = await fetch(`${world.url}/wide`, { method: 'POST', body });
    expect([second.status, await second.json()]).toEqual([
      429,
      { oops: 'Too much is being sent at the same time. Try again in a moment.' },
    ]);
    expect((await fetch(`${world.url}/wide`, { method: 'POST', body: 'small' })).status).toBe(200);
    held.resolve();
    expect((await first).status).toBe(200);
    expect((await fetch(`${world.url}/wide`, { method: 'POST', body })).status).toBe(200);
  });

  test('that is compressed is refused', async () => {
    expect((await send('x', { 'content-encoding': 'gzip' })).status).toBe(415);
  });
});

describe('every answer', () => {
  test('carries a correlation id: the sane one of the client, else a new one', async () => {
    expect((await call('/things', { headers: { 'x-request-id': 'a-1' } })).headers.get('x-request-id')).toBe('a-1');
    const replaced = await call('/things', { headers: { 'x-request-id': 'a b"{' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(last?.requestId).toBe(replaced.headers.get('x-request-id'));
  });

  test('is protected and compressed', async () => {
    const answer = await call('/things/big/text', { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect((await answer.text()).length).toBe(10_000);
  });
});

describe('a client', () => {
  test('that speaks no HTTP is answered 400 in JSON', async () => {
    expect(await rawExchange(world.port, 'nonsense\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*\{"message":"Bad Request"\}$/,
    );
  });

  test('that sends rubbish after a request gets the answer to the request, and nothing in its place', async () => {
    held = Promise.withResolvers();
    last = undefined;
    const answer = rawExchange(
      world.port,
      'POST /wide/held HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhirubbish\r\n\r\n',
    );
    await until('the request', () => last !== undefined);
    held.resolve();
    expect(await answer).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\nHTTP\/1.1 400 Bad Request\r\n/);
  });

  test('whose chunks are malformed is answered 400 in JSON', async () => {
    const head = 'POST /wide HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await rawExchange(world.port, `${head}zz\r\n`)).toMatch(/^HTTP\/1.1 400 [^{]*\{"message":"Bad Request"\}$/);
  });

  test('that names no host, or expects what nobody knows, is refused in JSON', async () => {
    const get = (more: string, version = '1.1') =>
      rawExchange(world.port, `GET /open HTTP/${version}\r\nConnection: close\r\n${more}\r\n`);
    expect(await get('')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*\{"message":"The request does not say which host it is for."\}$/,
    );
    expect(await get('Host: x\r\nExpect: foo\r\n')).toMatch(/^HTTP\/1.1 417 [\s\S]*\{"message":".*100-continue.*"\}$/);
    expect(await get('', '1.0')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('that sends very many requests ahead is cut off', async () => {
    held = Promise.withResolvers();
    const one = 'POST /wide/held HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
    expect(await rawExchange(world.port, one.repeat(101))).toBe('');
    held.resolve();
    const answers = await rawExchange(world.port, one.repeat(99) + one.replace('Host', 'Connection: close\r\nHost'));
    expect(answers.match(/HTTP\/1.1 200 /g)).toHaveLength(100);
  });

  test('with huge headers is answered 431', async () => {
    expect(await rawExchange(world.port, `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    );
  });

  test('cannot choose the address that public groups see', async () => {
    await fetch(`${world.url}/open`, { headers: { 'x-forwarded-for': '8.8.8.8' } });
    expect(last?.clientAddress).toBe('127.0.0.1');
    expect(last?.identity).toEqual({ tenant: '', username: '', userId: 0 });
  });
});
