import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cookieFor, startWorld, type World } from './support/world.ts';

let world: World;
let proxied: World;

beforeAll(async () => {
  world = await startWorld();
  proxied = await startWorld({ trustProxy: true });
});

afterAll(async () => {
  await world.stop();
  await proxied.stop();
});

const post = (body: unknown, headers: Record<string, string> = {}, at = world) =>
  fetch(`${at.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: at.url, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('POST /session', () => {
  test('logs in: the token goes into a cookie that scripts and other sites cannot use', async () => {
    const answer = await post({ username: 'ana', passwd: 'right' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ username: 'ana', tenant: 'admin', editor: '/editor/admin/' });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^dojot-session=[\w.-]+; Path=\/; Max-Age=3(600|599); HttpOnly; SameSite=Strict$/,
    );
  });

  test('the cookie is Secure behind a proxy that speaks TLS', async () => {
    const answer = await post({ username: 'ana', passwd: 'right' }, { 'x-forwarded-proto': 'https' }, proxied);
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure$/);
    const untrusted = await post({ username: 'ana', passwd: 'right' }, { 'x-forwarded-proto': 'https' });
    expect(untrusted.headers.get('set-cookie')).not.toContain('Secure');
  });

  test('a wrong name and a wrong password look the same', async () => {
    const answer = await post({ username: 'ana', passwd: 'wrong' });
    expect([answer.status, await answer.json()]).toEqual([401, { message: 'The user name or the password is wrong.' }]);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  test('too many attempts say when to come back', async () => {
    const answer = await post({ username: 'flood', passwd: 'x' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '42']);
  });

  test.each([['{'], ['[]'], ['{"username":{"$ne":1},"passwd":"x"}'], ['{"username":"ana"}']])(
    '%s is refused',
    async (body) => {
      expect((await post(body)).status).toBe(400);
    },
  );

  test('a form of another site is refused, and so is a request that does not say where it comes from', async () => {
    expect((await post({ username: 'ana', passwd: 'right' }, { origin: 'http://evil.example' })).status).toBe(403);
    const silent = await fetch(`${world.url}/session`, { method: 'POST', body: '{}' });
    expect(silent.status).toBe(403);
  });

  test('the client address is the last one the trusted proxy saw, else the socket', async () => {
    const body = { username: 'address', passwd: 'x' };
    const forwarded = { 'x-forwarded-for': '6.6.6.6, 10.0.0.9' };
    expect(await (await post(body, forwarded, proxied)).json()).toEqual({ message: '10.0.0.9' });
    expect(await (await post(body, forwarded)).json()).toEqual({ message: '127.0.0.1' });
  });
});

describe('a session', () => {
  test('is shown to its holder and ended by DELETE', async () => {
    const cookie = await cookieFor('acme');
    expect(await (await fetch(`${world.url}/session`, { headers: { cookie } })).json()).toMatchObject({
      tenant: 'acme',
    });
    expect((await fetch(`${world.url}/session`)).status).toBe(204);
    const ended = await fetch(`${world.url}/session`, { method: 'DELETE', headers: { cookie, origin: world.url } });
    expect(ended.status).toBe(204);
    expect(ended.headers.get('set-cookie')).toContain('dojot-session=; Path=/; Max-Age=0');
    expect((await fetch(`${world.url}/session`, { headers: { cookie } })).status).toBe(204);
    const editor = await fetch(`${world.url}/editor/acme/settings`, { headers: { cookie } });
    expect([editor.status, editor.headers.get('set-cookie')]).toEqual([401, null]);
  });

  test('decides which page is at /', async () => {
    const page = async (cookie: string) => (await fetch(world.url, { headers: { cookie } })).text();
    expect(await page('')).toContain('name="passwd"');
    expect(await page('dojot-session=forged')).toContain('name="passwd"');
    expect(await page(await cookieFor('acme'))).toContain('id="logout"');
  });
});
