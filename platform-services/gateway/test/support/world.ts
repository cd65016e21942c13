/** A gateway on a free port, with tokens signed by a key of the test and handlers of the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import { PlatformError } from '../../../kit/errors.ts';
import type { ApiRequest, ApiResponse, Identity, Route, RouteGroup } from '../../../kit/http/route.ts';
import { type Log, silentLog } from '../../../kit/log.ts';
import { createMetrics } from '../../../kit/metrics.ts';
import { type Gateway, type GatewayNeeds, gateway } from '../../index.ts';

const key = new TextEncoder().encode('a key that only this test knows, long enough');
export const consoleFolder = fileURLToPath(new URL('../../../../console', import.meta.url));

export interface World {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly gateway: Gateway;
  /** `[tenant, open]` as reported to the editor host. */
  readonly editorConnections: [string, number][];
  /** Sockets of tenants' editors, by tenant. */
  readonly sockets: Map<string, string>;
  readonly logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** The gateway's clock shows the real time plus this, ms. */
  shift: number;
  stop(): Promise<void>;
}

/** A token as auth makes them; `life` in s, `age` in s. */
export function tokenFor(tenant: string, username = 'ana', life = 3600, age = 0): Promise<string> {
  const now = Math.floor(Date.now() / 1000) - age;
  return new SignJWT({ service: tenant, username, userid: 7 })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now)
    .setExpirationTime(now + life)
    .sign(key);
}

export async function bearer(tenant = 'admin'): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenFor(tenant)}` };
}

export async function startWorld(
  parts: Partial<Omit<GatewayNeeds, 'options'>> & { trustProxy?: boolean } = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const state = { shift: 0 };
  const editorConnections: [string, number][] = [];
  const sockets = new Map<string, string>();
  const logged: World['logged'][number][] = [];
  const { trustProxy = false, ...needs } = parts;
  const made = gateway({
    groups: [],
    publicGroups: [],
    tokens: { verify },
    logIn: { logIn },
    renew: (token) => tokenFor(String(decodeJwt(token).service), String(decodeJwt(token).username)),
    editors: {
      socketOf: async (tenant) => sockets.get(tenant) ?? join(folder, 'nobody.sock'),
      connectionsChanged: (tenant, open) => editorConnections.push([tenant, open]),
    },
    healthChecks: [],
    clock: { now: () => Date.now() + state.shift },
    log: recordingLog(logged),
    metrics: createMetrics(),
    ...needs,
    options: { host: '127.0.0.1', port: 0, trustProxy, consoleFolder },
  });
  await made.start();
  const { port } = made.address();
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    port,
    folder,
    gateway: made,
    editorConnections,
    sockets,
    logged,
    stop: async () => {
      await made.stop();
      await rm(folder, { recursive: true });
    },
  });
}

/** A group below `/<prefix>` in a form of its own: `{"oops": …}`. */
export function groupOf(prefix: string, routes: readonly Route[], more: Partial<RouteGroup> = {}): RouteGroup {
  return {
    prefixes: [prefix],
    routes,
    bodyLimit: 1000,
    renderError: (error) => ({ status: error.status, body: { oops: error.message } }),
    notFound: (path) => new PlatformError('UNKNOWN', 404, `no ${path}`),
    ...more,
  };
}

export function route(
  method: Route['endpoint']['method'],
  path: string,
  handler: (request: ApiRequest) => ApiResponse | Promise<ApiResponse>,
): Route {
  return {
    endpoint: { method, path, tag: 'test', summary: 'A test', responses: { 200: { description: 'ok' } } },
    handler: async (request) => handler(request),
  };
}

/** Polls until `check` holds. */
export async function until(what: string, check: () => boolean): Promise<void> {
  const end = Date.now() + 3000;
  while (!check()) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function verify(token: string): Promise<Identity> {
  try {
    const { payload } = await jwtVerify(token, key);
    return { tenant: String(payload.service), username: String(payload.username), userId: Number(payload.userid) };
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new PlatformError('TOKEN_EXPIRED', 401, 'token expired');
    }
    throw new PlatformError('INVALID_SIGNATURE', 401, 'Invalid signature');
  }
}

async function logIn(username: string, password: string, clientAddress: string): Promise<string> {
  if (username === 'flood') throw new PlatformError('TOO_MANY', 429, 'API rate limit exceeded', { retryAfter: 42 });
  if (username === 'address') throw new PlatformError('ADDRESS', 400, clientAddress);
  if (password !== 'right') throw new PlatformError('WRONG_PASSWORD', 403, 'AuthorizationError');
  return tokenFor('admin', username);
}

function recordingLog(logged: World['logged']): Log {
  const record = (message: string, fields = {}) => void logged.push({ message, fields });
  const log: Log = { ...silentLog, warn: record, error: record, part: () => log };
  return log;
}
