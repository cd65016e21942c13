import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
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

test('the console and its files are served', async () => {
  for (const path of ['/', '/api', '/console/style.css', '/console/texts.js', '/console/logo.svg']) {
    expect((await fetch(world.url + path)).status).toBe(200);
  }
  expect((await fetch(`${world.url}/console/nothing.js`)).status).toBe(404);
});
