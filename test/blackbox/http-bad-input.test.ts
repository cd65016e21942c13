/** What the HTTP side answers to wrong, hostile and broken requests: a catalogue error in JSON, never a stack trace, never a 500. */

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type Api, apiWith, logIn, request } from '../support/api.ts';
import { type Platform, removeFolder, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let api: Api;

beforeAll(async () => {
  platform = await startPlatform();
  api = await logIn(platform.url);
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

function expectCatalogueError(answer: Answer, status: number): void {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.text).not.toMatch(/\bat .*\(.*:\d+:\d+\)|node_modules|\.ts:/);
  answer.json();
}

describe('log-in', () => {
  test.each([
    [{ username: 'admin', passwd: 'wrong' }, 403, 'AuthorizationError'],
    [{ username: 'nobody', passwd: 'admin' }, 401, 'AuthenticationError'],
    [{ passwd: 'admin' }, 400, 'missing username'],
    [{ username: 'admin' }, 400, 'missing password'],
  ])('%j is answered %i %s', async (body, status, message) => {
    const answer = await request(`${platform.url}/auth`, 'POST', body);
    expectCatalogueError(answer, status);
    expect(answer.json().message).toBe(message);
  });

  test.each([['{"username":'], ['[]'], ['"text"'], ['null'], ['{"username":{"$ne":1},"passwd":{"$ne":1}}']])(
    'the body %s is refused with 400',
    async (body) => expectCatalogueError(await request(`${platform.url}/auth`, 'POST', body), 400),
  );

  test('too many failures are answered 429 with Retry-After', async () => {
    const strict = await startPlatform({ environment: { DOJOT_LOGINS_PER_MINUTE: '3' } });
    try {
      const answers: Answer[] = [];
      for (let attempt = 0; attempt < 5; attempt += 1) {
        answers.push(await request(`${strict.url}/auth`, 'POST', { username: 'admin', passwd: `guess ${attempt}` }));
      }
      const last = answers.at(-1);
      expect(last?.status).toBe(429);
      expect(last?.json().message).toBe('API rate limit exceeded');
      expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await strict.stop();
      removeFolder(strict.dataDir);
    }
  });
});

describe('a token', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const signed = (header: unknown, claims: unknown, key: string | Buffer) => {
    const content = `${encode(header)}.${encode(claims)}`;
    return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
  };

  test('that is missing, garbled, forged, unsigned or of an unknown issuer is answered 401 as the contract words it', async () => {
    const claims = claimsOf(api.token);
    const cases: [string | undefined, string][] = [
      [undefined, 'Unauthorized'],
      ['not.a.token', 'Bad token; invalid JSON'],
      [signed({ typ: 'JWT', alg: 'HS256' }, claims, randomBytes(32)), 'Invalid signature'],
      [`${encode({ typ: 'JWT', alg: 'none' })}.${encode(claims)}.`, 'Bad token; invalid alg'],
      [signed({ typ: 'JWT', alg: 'RS256' }, claims, 'x'), 'Invalid algorithm'],
      [
        signed({ typ: 'JWT', alg: 'HS256' }, { ...claims, iss: 'x'.repeat(32) }, 'x'),
        "No credentials found for given 'iss'",
      ],
      [signed({ typ: 'JWT', alg: 'HS256' }, { ...claims, iss: undefined }, 'x'), "No mandatory 'iss' in claims"],
    ];
    for (const [token, message] of cases) {
      for (const path of ['/device', '/template', '/flows/v1/flow', '/history/device/abc/history']) {
        const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const answer = await request(`${platform.url}${path}`, 'GET', undefined, headers);
        expectCatalogueError(answer, 401);
        expect(answer.json().message).toBe(message);
      }
    }
  });

  test('whose tenant was changed by its bearer is refused', async () => {
    const [header, , signature] = api.token.split('.');
    const forged = `${header}.${encode({ ...claimsOf(api.token), service: 'other' })}.${signature}`;
    const answer = await apiWith(platform.url, forged).call('GET', '/device');
    expectCatalogueError(answer, 401);
    expect(answer.json().message).toBe('Invalid signature');
  });

  test('that has expired is refused', async () => {
    const short = await startPlatform({ environment: { AUTH_TOKEN_EXP: '1' } });
    try {
      const brief = await logIn(short.url);
      const answer = await until('the token to expire', async () => {
        const got = await brief.call('GET', '/device');
        return got.status === 200 ? false : got;
      });
      expectCatalogueError(answer, 401);
      expect(answer.json()).toEqual({ exp: 'token expired' });
    } finally {
      await short.stop();
      removeFolder(short.dataDir);
    }
  });
});

describe('a request', () => {
  test.each([
    ['POST', '/template', '{"label":', 400],
    ['POST', '/template', '[1,2]', 400],
    ['POST', '/template', '{"attrs":[]}', 400],
    ['POST', '/template', '{"label":5,"attrs":[]}', 400],
    ['POST', '/template', '{"label":"x","attrs":"none"}', 400],
    ['POST', '/template', '{"label":"x","attrs":[{"label":"a b","type":"dynamic","value_type":"float"}]}', 400],
    ['POST', '/device', '{"label":"x","templates":[99999]}', 404],
    ['POST', '/device', '{"label":"x","templates":"1"}', 400],
    ['POST', '/device', '{"label":"x","id":"not hex"}', 400],
    ['POST', '/device', '{"label":"x","id":{"$gt":""}}', 400],
    ['POST', '/device?count=0', '{"label":"x"}', 400],
    ['POST', '/device?count=many', '{"label":"x"}', 400],
    ['GET', '/device?page_size=0', undefined, 400],
    ['GET', '/device?page_num=first', undefined, 400],
    ['GET', '/device/nope', undefined, 404],
    ['GET', '/template/99999', undefined, 404],
    ['GET', '/template/one', undefined, 404],
    ['DELETE', '/device/nope', undefined, 404],
    ['PUT', '/device/nope/actuate', '{"attrs":{}}', 404],
    ['GET', '/history/device/nope/history', undefined, 404],
    ['GET', '/flows/v1/flow/nope', undefined, 404],
    ['POST', '/flows/v1/flow', '{"flow":[]}', 400],
    ['POST', '/flows/v1/flow', '{"name":"x"}', 400],
    ['POST', '/flows/v1/flow', '{"name":"x","flow":{}}', 400],
    ['POST', '/flows/v1/flow', '{"name":"x","flow":[{"id":"a"}]}', 400],
    ['POST', '/flows/v1/flow', '{"name":"x","enabled":"true","flow":[]}', 400],
    ['GET', '/flows/v1/nothing', undefined, 404],
    ['GET', '/device/%E0%A4%A', undefined, 400],
    ['GET', '/device/%00', undefined, 404],
    ['GET', '/device/../../etc/passwd', undefined, 404],
  ])('%s %s with %s is answered %i', async (method, path, body, status) => {
    expectCatalogueError(await api.call(method, path, body), status);
  });

  test('with unknown fields is accepted and they are not stored', async () => {
    const body = '{"label":"x","attrs":[],"__proto__":{"polluted":1},"constructor":1,"other":2}';
    const answer = await api.call('POST', '/template', body);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toMatch(/other|polluted/);
  });

  test.each(['/template', '/flows/v1/flow', '/auth'])(
    'of 50 MB is refused by %s with 413 before it is read',
    async (path) => {
      const body = Buffer.alloc(50 * 1024 * 1024, 0x20);
      expect(await announce(path, body.length)).toEqual([413, expect.stringMatching(/^application\/json/)]);
      // Whoever sends it all the same may see the connection close meanwhile.
      await api.call('POST', path, body).catch((error: unknown) => expect(error).toBeInstanceOf(TypeError));
      expect((await api.call('GET', '/template')).status).toBe(200);
    },
  );

  /** Says how long a body will be, sends none of it, and resolves to the status and the type of the answer. */
  async function announce(path: string, length: number): Promise<unknown[]> {
    const headers = {
      authorization: `Bearer ${api.token}`,
      'content-type': 'application/json',
      'content-length': length,
    };
    const sent = httpRequest(`${platform.url}${path}`, { method: 'POST', headers });
    sent.flushHeaders();
    const [answer] = await once(sent, 'response');
    sent.destroy();
    return [answer.statusCode, answer.headers['content-type']];
  }

  test('nested a hundred thousand levels deep is refused', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const [path, body] of [
      ['/template', `{"label":"x","attrs":${deep}}`],
      ['/flows/v1/flow', `{"name":"x","flow":${deep}}`],
    ] as const) {
      expectCatalogueError(await api.call('POST', path, body), 400);
    }
  });

  test('a flow of 10 MB is stored and given back byte for byte', async () => {
    const filler = 'é "quoted" [,{ \\u0000'.repeat(100);
    const nodes = Array.from(
      { length: 4500 },
      (_, index) => `{"id":"n${index}","type":"comment","z":"t","info":${JSON.stringify(filler)}}`,
    );
    const flow = `[{"id":"t","type":"tab"},  ${nodes.join(' ,')} ]`;
    expect(flow.length).toBeGreaterThan(9_000_000);
    const created = await api.call('POST', '/flows/v1/flow', `{"name":"big","flow":${flow}}`);
    expect(created.status).toBe(200);
    const { id } = created.json<{ flow: { id: string } }>().flow;
    expect((await api.call('GET', `/flows/v1/flow/${id}`)).text).toContain(`"flow":${flow}`);
    expect((await api.call('DELETE', `/flows/v1/flow/${id}`)).status).toBe(200);
  });

  test('always gets a correlation id back', async () => {
    const answer = await api.call('GET', '/template', undefined, { 'x-request-id': 'mine-1' });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect((await api.call('GET', '/template')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
