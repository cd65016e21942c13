import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { portErrors } from '../../../kit/errors.ts';
import { rawGet } from '../support/raw.ts';
import { startTenantEditor, type TenantEditor } from '../support/tenant-editor.ts';
import { cookieFor, startWorld, testSessions, tokenFor, type World } from '../support/world.ts';

let world: World;
let editor: TenantEditor;
let cookie: string;

beforeAll(async () => {
  world = await startWorld();
  const socket = join(world.folder, 'acme.sock');
  world.sockets.set('acme', socket);
  editor = await startTenantEditor(socket);
  cookie = await cookieFor('acme', { username: 'józef' });
});

afterAll(async () => {
  await world.stop();
  await editor.stop();
});

beforeEach(() => {
  editor.seen.length = 0;
  world.logged.length = 0;
});

const call = (path: string, init: RequestInit = {}) => fetch(world.url + path, { redirect: 'manual', ...init });
const asPage = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };

test('a body of unknown length stays the body of its request, whatever the method', async () => {
  const hidden = 'POST /editor/acme/flows HTTP/1.1\r\nHost: x\r\nX-Dojot-User: ghost\r\nContent-Length: 0\r\n\r\n';
  for (const method of ['DELETE', 'OPTIONS']) {
    const head = `${method} /editor/acme/x HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nOrigin: ${world.url}\r\nCookie: ${cookie}`;
    const body = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
    const socket = connect(world.port, '127.0.0.1');
    socket.write(`${head}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body}`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  }
  expect(editor.seen).toEqual([
    expect.objectContaining({ method: 'DELETE', size: hidden.length }),
    expect.objectContaining({ method: 'OPTIONS', size: hidden.length }),
  ]);
});

test('an upgrade to what is not spoken is not asked for: the request is answered as it is', async () => {
  const upgrade = `Host: 127.0.0.1:${world.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nCookie: ${cookie}`;
  for (const path of ['/health', '/editor/acme/settings']) {
    const socket = connect(world.port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\n${upgrade}\r\nX-Request-Id: me\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  }
});

describe('admission', () => {
  test('without a session a page leads to the log-in, the API is answered 401', async () => {
    const page = await rawGet(world.port, '/editor/acme/', asPage);
    expect(page.head).toMatch(/^HTTP\/1.1 302 [\s\S]*\r\nLocation: \/\r\n/);
    const api = await call('/editor/acme/flows');
    expect([api.status, await api.json()]).toEqual([401, { message: 'Unauthorized' }]);
    expect(editor.seen).toEqual([]);
  });

  test("another tenant's session is answered 403", async () => {
    const foreign = await cookieFor('other');
    const answer = await call('/editor/acme/flows', { headers: { cookie: foreign } });
    expect([answer.status, await answer.json()]).toEqual([403, { message: 'This editor belongs to another tenant.' }]);
    expect(editor.seen).toEqual([]);
  });

  test('a token in a header is not a session', async () => {
    const authorization = `Bearer ${await tokenFor('acme')}`;
    expect((await call('/editor/acme/flows', { headers: { authorization } })).status).toBe(401);
    const inCookie = { cookie: `dojot-session=${await tokenFor('acme', 'ana', 3600, 2000)}` };
    expect((await call('/editor/acme/flows', { headers: inCookie })).status).toBe(401);
  });

  test('another site may not change anything', async () => {
    const deploy = (headers: Record<string, string>) =>
      call('/editor/acme/flows', { method: 'POST', body: '[]', headers: { cookie, ...headers } });
    expect((await deploy({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await deploy({})).status).toBe(403);
    expect((await deploy({ origin: world.url })).status).toBe(200);
    expect((await call('/editor/acme/flows', { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status).toBe(
      403,
    );
  });

  test('/editor leads to the own editor', async () => {
    const own = await call('/editor/', { headers: { cookie, ...asPage } });
    expect([own.status, own.headers.get('location')]).toEqual([302, '/editor/acme/']);
  });
});

describe('forwarding', () => {
  test('keeps the prefix, tells the editor who asks, and hands on no credentials', async () => {
    const headers = {
      cookie,
      authorization: 'Bearer x',
      'x-dojot-user': '{"username":"root","permissions":["*"]}',
      'x-extra': 'kept',
    };
    await call('/editor/acme/flows?a=%20b', { headers });
    const [seen] = editor.seen;
    expect(seen?.url).toBe('/editor/acme/flows?a=%20b');
    expect(seen?.headers).toMatchObject({ 'x-extra': 'kept', 'x-forwarded-for': '127.0.0.1' });
    expect(JSON.parse(String(seen?.headers['x-dojot-user']))).toEqual({ username: 'józef', permissions: ['*'] });
    expect(seen?.headers.cookie).toBeUndefined();
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test("the editor's own headers cannot loosen ours; its files are kept and compressed", async () => {
    const answer = await call('/editor/acme/red/red.min.js?v=1', { headers: { cookie, 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
    expect(answer.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect((await answer.text()).length).toBe(5000);
    const api = await call('/editor/acme/settings', { headers: { cookie } });
    expect(api.headers.get('cache-control')).toBeNull();
  });

  test('a deploy of several megabytes passes, one above the limit is refused', async () => {
    const deploy = (size: number) =>
      call('/editor/acme/flows', { method: 'POST', body: 'x'.repeat(size), headers: { cookie, origin: world.url } });
    expect((await deploy(6_000_000)).status).toBe(200);
    expect(editor.seen[0]?.size).toBe(6_000_000);
    expect((await deploy(21_000_000)).status).toBe(413);
  });

  test('a deploy that turns out too large is refused on the way', async () => {
    const chunk = Buffer.alloc(1_000_000);
    const stream = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 22; n += 1) controller.enqueue(chunk);
        controller.close();
      },
    });
    const init = {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { cookie, origin: world.url },
    } as RequestInit;
    expect((await call('/editor/acme/flows', init)).status).toBe(413);
  });

  test('an editor that breaks off is a 502', async () => {
    const answer = await call('/editor/acme/break', { headers: { cookie } });
    expect([answer.status, await answer.json()]).toEqual([502, { message: 'The editor broke off the answer.' }]);
    const [line] = world.logged;
    expect(world.logged).toHaveLength(1);
    expect(line?.fields).toMatchObject({ path: '/editor/acme/break', code: 'EDITOR_FAILED' });
    expect(line?.fields.error).toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  test('while the process restarts a page waits for it, the API is answered 503', async () => {
    const absent = await cookieFor('absent');
    const page = await rawGet(world.port, '/editor/absent/', { cookie: absent, ...asPage });
    expect(page.head).toMatch(/^HTTP\/1.1 503 /);
    expect(page.head).toContain('Retry-After: 1');
    expect(page.head).toContain("default-src 'none'");
    expect(page.body).toContain('http-equiv="refresh"');
    const api = await call('/editor/absent/flows', { headers: { cookie: absent } });
    expect([api.status, await api.json()]).toEqual([
      503,
      { message: 'The editor is starting. Try again in a moment.' },
    ]);
  });
});

test('what is not about starting is neither waited for nor kept from the log', async () => {
  const broken = await startWorld({
    sessions: {
      ...testSessions(),
      read: async () => {
        throw portErrors.STORE_UNAVAILABLE('the disk is full');
      },
    },
  });
  try {
    const page = await rawGet(broken.port, '/editor/acme/', { cookie, ...asPage });
    expect(page.head).toMatch(/^HTTP\/1.1 503 /);
    expect(page.body).toContain('the disk is full');
    expect(page.body).not.toContain('http-equiv="refresh"');
    expect(broken.logged).toMatchObject([{ fields: { code: 'STORE_UNAVAILABLE' } }]);
  } finally {
    await broken.stop();
  }
});

describe("the log-out of the editor's menu", () => {
  const logOut = (headers: Record<string, string>) =>
    call('/editor/acme/auth/revoke', { method: 'POST', body: 'token=', headers: { origin: world.url, ...headers } });

  test('ends the session and leads to the log-in', async () => {
    const own = await cookieFor('acme');
    const answer = await logOut({ cookie: own });
    expect([answer.status, await answer.json()]).toEqual([200, { redirect: '/' }]);
    expect(answer.headers.get('set-cookie')).toContain('dojot-session=; Path=/; Max-Age=0');
    expect((await call('/editor/acme/settings', { headers: { cookie: own } })).status).toBe(401);
    expect(editor.seen).toEqual([]);
  });

  test('leads there also when the session has ended elsewhere or is of another tenant', async () => {
    for (const headers of [{}, { cookie: await cookieFor('other') }]) {
      expect(await (await logOut(headers)).json()).toEqual({ redirect: '/' });
    }
  });

  test('has a log-in as its counterpart, which is ours', async () => {
    const answer = await call('/editor/acme/auth/login');
    expect(await answer.json()).toMatchObject({ type: 'strategy', autoLogin: true, loginRedirect: '/' });
    expect(editor.seen).toEqual([]);
  });

  test('is not for other sites to press', async () => {
    const own = await cookieFor('acme');
    expect((await logOut({ cookie: own, origin: 'http://evil.example' })).status).toBe(403);
    expect((await call('/editor/acme/settings', { headers: { cookie: own } })).status).toBe(200);
  });
});

describe('renewal', () => {
  test('using the editor renews a session in its second half, and only then', async () => {
    const fresh = await call('/editor/acme/settings', { headers: { cookie } });
    expect(fresh.headers.get('set-cookie')).toBeNull();
    const old = await cookieFor('acme', { age: 2000 });
    const renewed = await call('/editor/acme/settings', { headers: { cookie: old } });
    expect(renewed.headers.get('set-cookie')).toMatch(/^dojot-session=.*Max-Age=3(600|599)/);
  });
});
