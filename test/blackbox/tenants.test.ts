/** One tenant can never see or harm another. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { type Api, logIn, request } from '../support/api.ts';
import { publish } from '../support/mosquitto.ts';
import { addUser, type Platform, removeFolder, startPlatform, temporaryFolder } from '../support/platform.ts';
import { createWorld, type World } from '../support/sample-flow.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let admin: Api;
let ana: Api;
let world: World;
let flowId: string;
let cookie: string;

beforeAll(async () => {
  const dataDir = temporaryFolder();
  platform = await startPlatform({ dataDir });
  await platform.stop();
  addUser(dataDir, 'ana_s', 'factory1', 'correct horse');
  platform = await startPlatform({ dataDir });
  admin = await logIn(platform.url);
  ana = await logIn(platform.url, 'ana_s', 'correct horse');
  world = await createWorld(admin);
  flowId = await admin.createFlow('private', [{ id: 't', type: 'tab' }]);
  await publish(platform.mqttPort, `admin:${world.sensor}`, '{"temperature":20}');
  await until('the reading', async () => (await admin.history(world.sensor, 'temperature')).length === 1);
  cookie = await sessionOf('ana_s', 'correct horse');
});

afterAll(async () => {
  await platform.stop();
  removeFolder(platform.dataDir);
});

async function sessionOf(username: string, passwd: string): Promise<string> {
  const answer = await request(`${platform.url}/session`, 'POST', { username, passwd }, { origin: platform.url });
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/HttpOnly/i);
  expect(set).toMatch(/SameSite=Strict/i);
  return set.split(';')[0] ?? '';
}

describe('a user of one tenant', () => {
  test("gets the same answer for another tenant's things as for things that do not exist", async () => {
    for (const [path, nothing] of [
      [`/device/${world.sensor}`, '/device/ffffff'],
      [`/template/${world.template}`, '/template/99'],
      [`/flows/v1/flow/${flowId}`, '/flows/v1/flow/00000000-0000-4000-8000-000000000000'],
      [`/history/device/${world.sensor}/history?attr=temperature`, '/history/device/ffffff/history?attr=temperature'],
    ] as const) {
      const theirs = await ana.call('GET', path);
      const none = await ana.call('GET', nothing);
      expect(theirs.status).toBe(404);
      expect(theirs.status).toBe(none.status);
      const anonymous = (text: string) => text.replaceAll(/[0-9a-f-]{36}|[0-9a-f]{5,6}|\d+/g, '?');
      expect(anonymous(theirs.text)).toBe(anonymous(none.text));
    }
  });

  test('sees empty lists', async () => {
    expect((await ana.call('GET', '/device')).json<{ devices: unknown[] }>().devices).toEqual([]);
    expect((await ana.call('GET', '/template')).json<{ templates: unknown[] }>().templates).toEqual([]);
    expect((await ana.call('GET', '/flows/v1/flow')).json<{ flows: unknown[] }>().flows).toEqual([]);
  });

  test("cannot change, command or remove another tenant's things", async () => {
    expect((await ana.call('PUT', `/device/${world.sensor}/actuate`, { attrs: { fan: 1 } })).status).toBe(404);
    expect((await ana.call('DELETE', `/device/${world.sensor}`)).status).toBe(404);
    expect((await ana.call('DELETE', '/device')).status).toBe(200);
    expect((await ana.call('DELETE', '/flows/v1/flow')).status).toBe(200);
    expect((await admin.call('GET', `/device/${world.sensor}`)).status).toBe(200);
    expect((await admin.call('GET', `/flows/v1/flow/${flowId}`)).status).toBe(200);
  });

  test("is kept out of another tenant's editor, over HTTP and over the websocket", async () => {
    expect((await request(`${platform.url}/editor/admin/flows`, 'GET', undefined, { cookie })).status).toBe(403);
    expect((await request(`${platform.url}/editor/admin/`, 'GET', undefined, { cookie })).status).toBe(403);
    expect((await request(`${platform.url}/editor/admin/flows`, 'GET', undefined)).status).toBe(401);
    expect((await request(`${platform.url}/editor/factory1/flows`, 'GET', undefined, { cookie })).status).toBe(200);
    const forged = { cookie, 'x-dojot-user': '{"username":"admin","permissions":["*"]}' };
    expect((await request(`${platform.url}/editor/admin/flows`, 'GET', undefined, forged)).status).toBe(403);
    expect(await upgrade('/editor/admin/comms', { cookie, origin: platform.url })).toBe(403);
  });

  test('is protected from other sites that use the session cookie', async () => {
    const foreign = { cookie, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await request(`${platform.url}/editor/factory1/flows`, 'POST', '[]', foreign)).status).toBe(403);
    expect(await upgrade('/editor/factory1/comms', { cookie, origin: 'http://evil.example' })).toBe(403);
    expect((await request(`${platform.url}/template`, 'POST', { label: 'x', attrs: [] }, foreign)).status).toBe(403);
  });
});

/** The status a websocket upgrade is refused with, 101 when it is accepted. */
function upgrade(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${platform.url.replace('http', 'ws')}${path}`, { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}
