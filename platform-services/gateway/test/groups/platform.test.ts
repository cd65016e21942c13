import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ApiRequest } from '../../../kit/http/route.ts';
import { silentLog } from '../../../kit/log.ts';
import { healthGroup } from '../../groups/health.ts';
import { bearer, groupOf, route, startWorld, type World } from '../support/world.ts';

let world: World;
let healthy = true;
let asked = 0;

beforeAll(async () => {
  const thing = route('post', '/things/{id}', () => ({ status: 200 }));
  const documented = {
    ...thing,
    endpoint: {
      ...thing.endpoint,
      query: z.object({ n: z.string().optional() }),
      body: z.object({ label: z.string() }),
    },
  };
  world = await startWorld({
    groups: [groupOf('things', [documented])],
    publicGroups: [groupOf('open', [route('get', '/open', () => ({ status: 200 }))])],
    healthChecks: [
      {
        name: 'part',
        health: async () => {
          asked += 1;
          if (!healthy) throw new Error('broken');
        },
      },
    ],
  });
});

afterAll(() => world.stop());

test('/health says in the words of the contract whether every part is well, and asks them once a second at most', async () => {
  const health = async () => {
    const answer = await fetch(`${world.url}/health`);
    return [answer.status, await answer.text()];
  };
  expect(await health()).toEqual([200, 'SERVER_IS_READY']);
  await health();
  expect(asked).toBe(1);
  healthy = false;
  world.shift += 2000;
  expect(await health()).toEqual([500, 'SERVER_IS_NOT_READY']);
  const ready = await fetch(`${world.url}/ready`);
  expect([ready.status, await ready.text()]).toEqual([500, 'SERVER_IS_NOT_READY']);
  const live = await fetch(`${world.url}/live`);
  expect([live.status, await live.text()]).toEqual([200, 'SERVER_IS_NOT_SHUTTING_DOWN']);
  healthy = true;
  world.shift += 2000;
  expect(await (await fetch(`${world.url}/ready`)).text()).toBe('SERVER_IS_READY');
});

test('a gateway that is being stopped says so', async () => {
  const group = healthGroup({ checks: [], isStopping: () => true, clock: { now: () => 0 }, log: silentLog });
  const request: ApiRequest = {
    ...{ identity: { tenant: '', username: '', userId: 0 }, method: 'GET', params: {}, headers: {}, rawQuery: '' },
    ...{ query: new URLSearchParams(), clientAddress: '127.0.0.1', body: Buffer.alloc(0), requestId: 'r1' },
  };
  const answers = group.routes.map(async ({ endpoint, handler }) => [endpoint.path, (await handler(request)).body]);
  expect(await Promise.all(answers)).toEqual([
    ['/health', 'SERVER_IS_SHUTTING_DOWN'],
    ['/ready', 'SERVER_IS_NOT_READY'],
    ['/live', 'SERVER_IS_SHUTTING_DOWN'],
  ]);
});

test('/metrics is for the tenant admin only', async () => {
  const status = async (headers: Record<string, string>) => (await fetch(`${world.url}/metrics`, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status(await bearer('acme'))).toBe(403);
  const answer = await fetch(`${world.url}/metrics`, { headers: await bearer('admin') });
  expect(await answer.text()).toContain('dojot_gateway_requests_total{status="2xx"}');
});

test('/openapi.json describes every group and says which operations need no token', async () => {
  const { paths } = JSON.parse(await (await fetch(`${world.url}/openapi.json`)).text());
  expect(paths['/things/{id}'].post).toMatchObject({
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'n', in: 'query', required: false },
    ],
    requestBody: { content: { 'application/json': { schema: { properties: { label: { type: 'string' } } } } } },
  });
  expect(paths['/things/{id}'].post.security).toBeUndefined();
  expect(paths['/open'].get.security).toEqual([]);
  expect(paths['/session'].post).toBeDefined();
});

test('/openapi.json is sent only to who does not have it', async () => {
  const first = await fetch(`${world.url}/openapi.json`);
  const tag = first.headers.get('etag') ?? '';
  expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const again = await fetch(`${world.url}/openapi.json`, { headers: { 'if-none-match': `"other", ${tag}` } });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
  expect((await fetch(`${world.url}/openapi.json`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
});

test('the console and its files are served', async () => {
  for (const path of ['/', '/api', '/console/style.css', '/console/texts.js', '/console/logo.svg']) {
    expect((await fetch(world.url + path)).status).toBe(200);
  }
  expect((await fetch(`${world.url}/console/nothing.js`)).status).toBe(404);
});
