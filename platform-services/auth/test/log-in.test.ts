import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { callPublic, openAuth, type TestAuth } from './support/service.ts';

let it: TestAuth;
beforeAll(async () => {
  it = await openAuth('secret');
  await it.service.start();
  await it.service.addUser({
    username: 'ana_s',
    tenant: 'factory1',
    email: 'ana@example.com',
    name: 'Ana Souza',
    profile: 'user',
  });
});
afterAll(() => it.stop());
// Each test begins with fresh limits.
beforeEach(() => {
  it.time.now += 2 * 3_600_000;
});

const admin = { username: 'admin', passwd: 'secret' };
const refused = (status: number, message: string) => ({ status, body: { message, status } });

test('answers a token with the claims of the contract', async () => {
  const { status, body } = await it.post(admin);
  expect(status).toBe(200);
  expect(Object.keys(body ?? {})).toEqual(['jwt']);
  const { jwt } = body as { jwt: string };
  expect(decodeProtectedHeader(jwt)).toEqual({ typ: 'JWT', alg: 'HS256' });
  const now = it.time.now / 1000;
  expect(decodeJwt(jwt)).toEqual({
    iss: expect.stringMatching(/^[0-9A-Za-z]{32}$/),
    iat: now,
    exp: now + 3600,
    profile: 'admin',
    groups: [1],
    userid: 1,
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    service: 'admin',
    username: 'admin',
  });
  expect(await it.service.verify(jwt)).toEqual({ tenant: 'admin', username: 'admin', userId: 1 });
});

test('takes the user name in any case, and a charset', async () => {
  const contentType = 'application/json; charset=utf-8';
  expect(await it.post({ ...admin, username: 'ADMIN' }, { contentType })).toMatchObject({ status: 200 });
});

test.each([
  ['no user name', { passwd: 'x' }, 400, 'missing username'],
  ['no password', { username: 'admin' }, 400, 'missing password'],
  ['an unknown user', { username: 'nobody', passwd: 'x' }, 401, 'AuthenticationError'],
  ['a user without password', { username: 'ana_s', passwd: '' }, 401, 'This user is inactive'],
  ['a wrong password', { username: 'admin', passwd: 'x' }, 403, 'AuthorizationError'],
  ['a list', [], 400, 'username and passwd must be texts in a JSON object'],
  ['a number', { username: 7, passwd: 'x' }, 400, 'username and passwd must be texts in a JSON object'],
  ['bad JSON', Buffer.from('{'), 400, 'invalid JSON'],
])('refuses %s', async (_case, body, status, message) => {
  expect(await it.post(body)).toMatchObject(refused(status, message));
});

test('wants JSON', async () => {
  expect(await it.post(admin, { contentType: 'text/plain' })).toMatchObject(refused(400, 'invalid mimetype'));
});

test.each(['get', 'post', 'put', 'delete'])('never revokes (%s)', async (method) => {
  const answer = { status: 403, body: { message: 'Not authorized' } };
  expect(await callPublic(it.service, method, '/auth/revoke')).toEqual(answer);
});

describe('back-off', () => {
  const wrong = (username: string, address: string) => it.post({ username, passwd: 'x' }, { address });

  test('ends guessing from one address after five failures in a minute', async () => {
    for (let guess = 0; guess < 5; guess += 1) {
      expect(await wrong(`user${guess}`, '10.1.0.1')).toMatchObject({
        status: 401,
        headers: {
          'X-RateLimit-Limit-Minute': '5',
          'X-RateLimit-Remaining-Minute': String(4 - guess),
          'X-RateLimit-Limit-Hour': '40',
          'X-RateLimit-Remaining-Hour': String(39 - guess),
        },
      });
    }
    it.time.now += 20_000;
    const limited = await it.post(admin, { address: '10.1.0.1' });
    expect(limited).toMatchObject({
      status: 429,
      body: { message: 'API rate limit exceeded' },
      headers: { 'Retry-After': '40', 'X-RateLimit-Remaining-Minute': '0' },
    });
    expect(limited.body).not.toHaveProperty('status');
    expect(await it.post(admin, { address: '10.1.0.2' })).toMatchObject({ status: 200 });
    it.time.now += 40_000;
    expect(await it.post(admin, { address: '10.1.0.1' })).toMatchObject({ status: 200 });
  });

  test('ends guessing one password from many addresses', async () => {
    for (let guess = 0; guess < 5; guess += 1) await wrong('Admin', `10.2.0.${guess}`);
    // Whoever wants to lock somebody out needs more than one place.
    expect(await it.post(admin, { address: '10.2.0.9' })).toMatchObject({ status: 200 });
    for (let guess = 5; guess < 20; guess += 1) await wrong('Admin', `10.2.0.${guess}`);
    expect(await wrong('admin', '10.2.0.99')).toMatchObject({ status: 429 });
  });

  test('counts guesses made at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, guess) => wrong(`u${guess}`, '10.3.0.1')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  test('lets in everybody with the right password who comes at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => it.post(admin, { address: '10.4.0.1' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  test('does not count success', async () => {
    for (let time = 0; time < 7; time += 1) expect(await it.post(admin)).toMatchObject({ status: 200 });
  });
});
