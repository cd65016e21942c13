import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTenantEditor, type TenantEditor } from '../support/tenant-editor.ts';
import { cookieFor, startWorld, until, type World } from '../support/world.ts';

let world: World;
let editor: TenantEditor;

beforeEach(async () => {
  world = await startWorld();
  const socket = join(world.folder, 'acme.sock');
  world.sockets.set('acme', socket);
  editor = await startTenantEditor(socket);
});

afterEach(async () => {
  await world.stop();
  await editor.stop();
});

interface Client {
  readonly socket: Socket;
  received(): string;
  closed(): boolean;
}

async function upgrade(path: string, headers: Record<string, string>): Promise<Client> {
  const client = await ask(path, headers);
  await until('an answer', () => client.received().includes('\r\n\r\n'));
  return client;
}

async function ask(path: string, headers: Record<string, string>): Promise<Client> {
  const socket = connect(world.port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines.join('')}\r\n`,
  );
  return { socket, received: () => text, closed: () => closed };
}

/** `sid` names the session. */
const session = async (tenant = 'acme', life = 3600, sid = 'one') => ({
  cookie: await cookieFor(tenant, { life, sid }),
  origin: world.url,
});

describe('the editor websocket', () => {
  test('carries bytes both ways and is counted while it is open', async () => {
    const client = await upgrade('/editor/acme/comms', { ...(await session()), 'x-dojot-user': 'forged' });
    expect(client.received()).toMatch(/^HTTP\/1.1 101 /);
    expect(client.received()).not.toContain('Set-Cookie');
    client.socket.write('there');
    await until('the echo', () => client.received().endsWith('hello there'));
    expect(editor.seen[0]?.headers.cookie).toBeUndefined();
    expect(editor.seen[0]?.headers['x-dojot-user']).toBe('{"username":"ana","permissions":["*"]}');
    expect(world.editorConnections).toEqual([['acme', 1]]);
    client.socket.destroy();
    await until('the count to fall', () => world.editorConnections.length === 2);
    expect(world.editorConnections.at(-1)).toEqual(['acme', 0]);
  });

  test.each([
    ['without a session', {}, 401],
    ["with another tenant's session", { tenant: 'other' }, 403],
    ['from another site', { origin: 'http://evil.example' }, 403],
    ['without an origin', { origin: undefined }, 403],
  ])('%s is refused', async (_, change: { tenant?: string; origin?: string | undefined }, status) => {
    const { cookie, origin } = await session(change.tenant);
    const sentOrigin = 'origin' in change ? change.origin : origin;
    const headers = { ...(status === 401 ? {} : { cookie }), ...(sentOrigin ? { origin: sentOrigin } : {}) };
    const client = await upgrade('/editor/acme/comms', headers);
    expect(client.received()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await until('the close', client.closed);
    expect(editor.seen).toEqual([]);
  });

  test('tells a page whose session is over so, in the words of the editor; other sites are refused', async () => {
    const headers = { origin: world.url, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const client = await upgrade('/editor/acme/comms', headers);
    await until('the close', client.closed);
    expect(client.received()).toMatch(/^HTTP\/1.1 101 [\s\S]*: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    expect(client.received()).toContain('{"auth":"fail"}');
    const foreign = await upgrade('/editor/acme/comms', { ...headers, origin: 'http://evil.example' });
    expect(foreign.received()).toMatch(/^HTTP\/1.1 401 /);
    expect(editor.seen).toEqual([]);
    expect(world.editorConnections).toEqual([]);
  });

  test('to an absent editor is refused with 503, elsewhere with 404', async () => {
    expect((await upgrade('/editor/absent/comms', await session('absent'))).received()).toMatch(/^HTTP\/1.1 503 /);
    expect((await upgrade('/elsewhere', await session())).received()).toMatch(/^HTTP\/1.1 404 /);
  });

  test('is closed when its session expires, unless the session was renewed', async () => {
    const short = await upgrade('/editor/acme/comms', await session('acme', 60));
    world.shift = 61_000;
    await until('the close', short.closed);
    expect(world.editorConnections.at(-1)).toEqual(['acme', 0]);

    world.shift = 0;
    const renewed = await upgrade('/editor/acme/comms', await session('acme', 60));
    world.shift = 40_000;
    const { cookie } = await session('acme', 60);
    expect(
      (await fetch(`${world.url}/editor/acme/settings`, { headers: { cookie } })).headers.get('set-cookie'),
    ).toBeTruthy();
    world.shift = 61_000;
    const other = await upgrade('/editor/acme/comms', await session('acme', 3600));
    world.shift = 62_000;
    other.socket.write('x');
    await until('the echo', () => other.received().endsWith('x'));
    expect(renewed.closed()).toBe(false);
    renewed.socket.destroy();
    other.socket.destroy();
  });

  test('does not live on because its user has another session', async () => {
    const old = await upgrade('/editor/acme/comms', await session('acme', 60, 'one'));
    world.shift = 40_000;
    const { cookie } = await session('acme', 60, 'other');
    const answer = await fetch(`${world.url}/editor/acme/settings`, { headers: { cookie } });
    expect(answer.headers.get('set-cookie')).toBeTruthy();
    world.shift = 61_000;
    await until('the close', old.closed);
  });

  test('is closed when its user logs out; those of his other browsers are not', async () => {
    const headers = await session();
    const client = await upgrade('/editor/acme/comms', headers);
    const other = await upgrade('/editor/acme/comms', await session('acme', 3600, 'other'));
    await fetch(`${world.url}/session`, { method: 'DELETE', headers });
    await until('the close', client.closed);
    other.socket.write('x');
    await until('the echo', () => other.received().endsWith('x'));
    other.socket.destroy();
  });

  test('is closed when its user logs out while the editor is still being started', async () => {
    const started = Promise.withResolvers<string>();
    let asked = false;
    world.socketOf = () => {
      asked = true;
      return started.promise;
    };
    const headers = await session();
    const client = await ask('/editor/acme/comms', headers);
    await until('the editor to be asked for', () => asked);
    await fetch(`${world.url}/session`, { method: 'DELETE', headers });
    await until('the close', client.closed);
    started.resolve(world.sockets.get('acme') ?? '');
    expect(client.received()).toBe('');
    // Whoever comes next is taken: by then the other would have been, too.
    const next = await upgrade('/editor/acme/comms', await session('acme', 3600, 'next'));
    expect(editor.seen).toHaveLength(1);
    next.socket.destroy();
  });

  test('says why an editor did not take it', async () => {
    expect((await upgrade('/editor/absent/comms', await session('absent'))).received()).toMatch(/^HTTP\/1.1 503 /);
    expect(world.logged).toMatchObject([{ fields: { code: 'EDITOR_STARTING', error: { cause: { code: 'ENOENT' } } } }]);
  });

  test('is closed when the gateway stops, with every other connection', async () => {
    const client = await upgrade('/editor/acme/comms', await session());
    const idle = connect(world.port, '127.0.0.1');
    await once(idle, 'connect');
    await world.gateway.stop();
    await until('the close', client.closed);
    if (!idle.closed) await once(idle, 'close');
  });
});
