/** A gateway on a free port, with tokens signed by a key of the test and handlers of the test. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Session, Sessions } from '../../../kit/directory.ts';
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
  /** How the editor host finds a socket; default: among `sockets`. */
  socketOf: (tenant: string) => Promise<string>;
  /** The gateway's clock shows the real time plus this, ms. */
  shift: number;
  stop(): Promise<void>;
}

/** A token as auth makes them for programs; `life` in s, `age` in s. */
export function tokenFor(tenant: string, username = 'ana', life = 3600, age = 0): Promise<string> {
  return signed({ service: tenant, username, userid: 7 }, life, age);
}

/** A token of a session; `sid` names it. */
export function sessionTokenFor(
  tenant: string,
  { username = 'ana', life = 3600, age = 0, sid = randomUUID() as string } = {},
): Promise<string> {
  return signed({ service: tenant, username, userid: 7, sid }, life, age);
}

export async function cookieFor(...session: Parameters<typeof sessionTokenFor>): Promise<string> {
  return `dojot-session=${await sessionTokenFor(...session)}`;
}

function signed(claims: JWTPayload, life: number, age: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000) - age;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now)
    .setExpirationTime(now + life)
    .sign(key);
}

export async function bearer(tenant = 'admin'): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenFor(tenant)}` };
}

export async function startWorld(
  parts: Partial<Omit<GatewayNeeds, 'options'>> & { trustProxy?: boolean; hostNames?: readonly string[] } = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const editorConnections: [string, number][] = [];
  const sockets = new Map<string, string>();
  const state = { shift: 0, socketOf: async (tenant: string) => sockets.get(tenant) ?? join(folder, 'nobody.sock') };
  const logged: World['logged'][number][] = [];
  const { trustProxy = false, hostNames, ...needs } = parts;
  const made = gateway({
    groups: [],
    publicGroups: [],
    tokens: { verify },
    sessions: testSessions(),
    editors: {
      socketOf: (tenant) => state.socketOf(tenant),
      connectionsChanged: (tenant, open) => editorConnections.push([tenant, open]),
    },
    healthChecks: [],
    clock: { now: () => Date.now() + state.shift },
    log: recordingLog(logged),
    metrics: createMetrics(),
    ...needs,
    options: { host: '127.0.0.1', port: 0, trustProxy, hostNames, consoleFolder },
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

async function claimsOf(token: string): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, key)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new PlatformError('TOKEN_EXPIRED', 401, 'token expired');
    }
    throw new PlatformError('INVALID_SIGNATURE', 401, 'Invalid signature');
  }
}

async function verify(token: string): Promise<Identity> {
  return identityOf(await claimsOf(token));
}

function identityOf({ service, username, userid }: JWTPayload): Identity {
  return { tenant: String(service), username: String(username), userId: Number(userid) };
}

export function testSessions(): Sessions {
  const ended = new Set<string>();
  const read = async (token: string): Promise<Session> => {
    const { iat = 0, exp = 0, sid, ...claims } = await claimsOf(token);
    if (typeof sid !== 'string') throw new PlatformError('NO_SESSION', 401, 'no session');
    if (ended.has(sid)) throw new PlatformError('SESSION_ENDED', 401, 'session ended');
    const times = { issued: iat * 1000, expires: exp * 1000, ends: (iat + 7 * 24 * 3600) * 1000 };
    return { token, id: sid, identity: identityOf(claims), ...times };
  };
  return {
    async open(username, password, clientAddress) {
      if (username === 'flood') throw new PlatformError('TOO_MANY', 429, 'API rate limit exceeded', { retryAfter: 42 });
      if (username === 'address') throw new PlatformError('ADDRESS', 400, clientAddress);
      if (password !== 'right') throw new PlatformError('WRONG_PASSWORD', 403, 'AuthorizationError');
      return read(await sessionTokenFor('admin', { username }));
    },
    read,
    async renew(session) {
      const { id, identity } = await read(session.token);
      return read(await sessionTokenFor(identity.tenant, { username: identity.username, sid: id }));
    },
    end: async ({ id }) => void ended.add(id),
  };
}

function recordingLog(logged: World['logged']): Log {
  const record = (message: string, fields = {}) => void logged.push({ message, fields });
  const log: Log = { ...silentLog, warn: record, error: record, part: () => log };
  return log;
}
