import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rawExchange } from './support/raw.ts';
import { cookieFor, startWorld, type World } from './support/world.ts';

let local: World;
let named: World;

beforeAll(async () => {
  local = await startWorld({ hostNames: [] });
  named = await startWorld({ hostNames: ['iot.example'], trustProxy: true });
});

afterAll(async () => {
  await local.stop();
  await named.stop();
});

async function ask(world: World, lines: readonly string[], start = 'GET /session HTTP/1.1'): Promise<string> {
  return rawExchange(world.port, `${[start, 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`);
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('where only this machine comes in', () => {
  test('a page whose name was pointed at this machine can neither log in nor open the editor', async () => {
    const host = ['Host: evil.example:8000', 'Origin: http://evil.example:8000', 'Sec-Fetch-Site: same-origin'];
    const body = JSON.stringify({ username: 'ana', passwd: 'right' });
    const logIn = await rawExchange(
      local.port,
      `POST /session HTTP/1.1\r\nConnection: close\r\n${host.join('\r\n')}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statusOf(logIn)).toBe(421);
    expect(logIn).toMatch(/\{"message":"The platform is not known by this name\..*"\}$/);
    expect(logIn).toContain("default-src 'none'");
    expect(logIn).not.toContain('Set-Cookie');
    const socket = ['Upgrade: websocket', `Cookie: ${await cookieFor('acme')}`, ...host];
    const upgrade = `GET /editor/acme/comms HTTP/1.1\r\nConnection: Upgrade\r\n${socket.join('\r\n')}\r\n\r\n`;
    expect(statusOf(await rawExchange(local.port, upgrade))).toBe(421);
  });

  test.each([
    ['localhost', 204],
    ['LOCALHOST:8000', 204],
    ['localhost.:1', 204],
    ['127.0.0.1:8000', 204],
    ['127.1.2.3', 204],
    ['[::1]:8000', 204],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example', 421],
    ['evil.example#localhost', 421],
    ['192.168.0.7', 421],
    ['', 421],
  ])('the host %s is answered %i', async (host, status) => {
    expect(statusOf(await ask(local, [`Host: ${host}`]))).toBe(status);
  });

  test('a client that knows no host names is answered', async () => {
    expect(statusOf(await ask(local, [], 'GET /session HTTP/1.0'))).toBe(204);
  });
});

test.each([
  [['Host: iot.example'], 204],
  [['Host: 127.0.0.1:8000', 'X-Forwarded-Host: IoT.example:443'], 204],
  [['Host: 127.0.0.1:8000'], 204],
  [['Host: evil.example', 'X-Forwarded-Host: iot.example'], 421],
  [['Host: 127.0.0.1:8000', 'X-Forwarded-Host: evil.example'], 421],
])('with names set, behind a proxy, %j is answered %i', async (lines, status) => {
  expect(statusOf(await ask(named, lines))).toBe(status);
});
