import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPlatformError } from '../../../kit/errors.ts';
import type { ApiResponse } from '../../../kit/http/route.ts';
import { silentLog } from '../../../kit/log.ts';
import { createMetrics } from '../../../kit/metrics.ts';
import { createSqliteStore } from '../../../kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../kit/store/store.ts';
import { type Auth, auth } from '../../index.ts';

/** The service on a real store, with a clock the test moves. */
export interface TestAuth {
  readonly service: Auth;
  readonly store: Store;
  readonly time: { now: number };
  readonly warnings: readonly string[];
  /** `POST /auth`; a body that is no Buffer is sent as JSON. */
  post(body: unknown, options?: PostOptions): Promise<ApiResponse>;
  /** A second service on the same store, as after a restart. */
  again(adminPassword?: string, exposed?: boolean): Promise<Auth>;
  stop(): Promise<void>;
}

export interface PostOptions {
  readonly contentType?: string;
  readonly address?: string;
}

export async function openAuth(adminPassword?: string): Promise<TestAuth> {
  const folder = await mkdtemp(join(tmpdir(), 'dojot-auth-'));
  const time = { now: Date.parse('2024-03-01T09:00:00Z') };
  const clock = { now: () => time.now };
  const warnings: string[] = [];
  const store = await createSqliteStore({ file: join(folder, 'store.sqlite'), clock, log: silentLog });
  const again = (password?: string, exposed = false) =>
    auth({
      store,
      clock,
      random: randomBytes,
      signingKey: (issuer) => createHash('sha256').update(`a key of the test ${issuer}`).digest(),
      log: { ...silentLog, part: () => ({ ...silentLog, warn: (message) => void warnings.push(message) }) },
      metrics: createMetrics(),
      options: {
        tokenLifetimeS: 3600,
        sessionLifetimeS: 10_000,
        adminPassword: password,
        exposed,
        loginLimits: { perMinute: 5, perHour: 40 },
      },
    });
  const service = await again(adminPassword);
  return {
    service,
    store,
    time,
    warnings,
    post: (body, options) => post(service, body, options),
    again,
    async stop() {
      await service.stop();
      await store.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function post(
  service: Auth,
  body: unknown,
  { contentType = 'application/json', address = '10.0.0.1' }: PostOptions = {},
): Promise<ApiResponse> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return callPublic(service, 'post', '/auth', bytes, { 'content-type': contentType }, address);
}

/** Calls a public route as the gateway does, errors rendered. */
export async function callPublic(
  { publicRoutes: [group] }: Auth,
  method: string,
  path: string,
  body: Buffer = Buffer.alloc(0),
  headers: Readonly<Record<string, string>> = {},
  clientAddress = '10.0.0.1',
): Promise<ApiResponse> {
  const route = group?.routes.find(({ endpoint }) => endpoint.path === path && endpoint.method === method);
  if (!group || !route) throw new Error(`there is no ${method} ${path}`);
  try {
    return await route.handler({
      identity: { tenant: '', username: '', userId: 0 },
      method: method.toUpperCase(),
      params: {},
      query: new URLSearchParams(),
      rawQuery: '',
      headers,
      clientAddress,
      body,
      requestId: 'r1',
    });
  } catch (error) {
    if (isPlatformError(error)) return group.renderError(error);
    throw error;
  }
}
