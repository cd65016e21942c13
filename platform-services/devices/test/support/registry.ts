import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPlatformError } from '../../../kit/errors.ts';
import { type ApiResponse, isPieces } from '../../../kit/http/route.ts';
import { silentLog } from '../../../kit/log.ts';
import { createMetrics } from '../../../kit/metrics.ts';
import { createSqliteStore } from '../../../kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../kit/store/store.ts';
import { type Devices, devices } from '../../index.ts';
import { type RecordingBus, recordingBus } from './recording-bus.ts';

export type Json = Record<string, unknown>;

/** The registry on a real store, called as the gateway calls it. */
export interface Registry {
  readonly service: Devices;
  readonly store: Store;
  readonly bus: RecordingBus;
  /** `GET /device?label=x`; a body that is no Buffer is sent as JSON. Errors are rendered as the gateway would. */
  call(method: string, url: string, body?: unknown, options?: CallOptions): Promise<ApiResponse>;
  /** The pieces of an answer that is sent in pieces. */
  pieces(method: string, url: string): Promise<string[]>;
  /** Events on the bus, in order. */
  events(): Json[];
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly tenant?: string;
  readonly contentType?: string;
}

export interface RegistryOptions {
  readonly random?: (size: number) => Buffer;
  readonly wrapStore?: (store: Store) => Store;
}

export async function startRegistry({
  random = randomBytes,
  wrapStore = (it) => it,
}: RegistryOptions = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'dojot-devices-'));
  const clock = { now: () => Date.parse('2024-03-01T09:15:42.120Z') };
  const file = join(folder, 'store.sqlite');
  const store = wrapStore(await createSqliteStore({ file, clock, log: silentLog }));
  const bus = recordingBus();
  const service = await devices({ store, bus, clock, random, log: silentLog, metrics: createMetrics() });
  await service.start();
  return {
    service,
    store,
    bus,
    call: (...request) => call(service, ...request),
    async pieces(method, url) {
      const { body } = await answer(service, method, url);
      if (!isPieces(body)) throw new Error('the answer is whole');
      const pieces: string[] = [];
      for await (const piece of body) pieces.push(piece);
      return pieces;
    },
    events: () => bus.published.map(({ message }) => JSON.parse(message.value)),
    async stop() {
      await service.stop();
      await store.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function call(service: Devices, ...request: Request): Promise<ApiResponse> {
  try {
    return await collected(await answer(service, ...request));
  } catch (error) {
    const [group] = service.routes ?? [];
    if (group && isPlatformError(error)) return group.renderError(error);
    throw error;
  }
}

type Request = [method: string, url: string, body?: unknown, options?: CallOptions];

async function answer(service: Devices, ...[method, url, body, options = {}]: Request): Promise<ApiResponse> {
  const { tenant = 'acme', contentType = 'application/json' } = options;
  const [path = '', rawQuery = ''] = url.split('?');
  const [group] = service.routes ?? [];
  if (!group) throw new Error('the registry has no routes');
  for (const { endpoint, handler } of group.routes) {
    const params = match(endpoint.path, path);
    if (!params || endpoint.method !== method.toLowerCase()) continue;
    return handler({
      identity: { tenant, username: 'ana', userId: 1 },
      method,
      params,
      query: new URLSearchParams(rawQuery),
      rawQuery,
      headers: { 'content-type': contentType },
      clientAddress: '127.0.0.1',
      body: Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      requestId: 'r1',
    });
  }
  throw group.notFound(path);
}

/** What is sent in pieces, as the client reads it. */
async function collected(answer: ApiResponse): Promise<ApiResponse> {
  if (!isPieces(answer.body)) return answer;
  if (answer.headers?.['Content-Type'] !== 'application/json; charset=utf-8') throw new Error('no JSON');
  let text = '';
  for await (const piece of answer.body) text += piece;
  return { status: answer.status, body: JSON.parse(text) };
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const found = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
  if (!found) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}

/** `SoilProbe` of contract devices-templates-ops §1.5. */
export const soilProbe = {
  label: 'SoilProbe',
  attrs: [
    {
      label: 'moisture',
      type: 'dynamic',
      value_type: 'float',
      metadata: [{ label: 'unit', type: 'meta', value_type: 'string', static_value: '%' }],
    },
    { label: 'serial', type: 'static', value_type: 'string', static_value: 'SN-000' },
    { label: 'valve', type: 'actuator', value_type: 'bool' },
    { label: 'protocol', type: 'meta', value_type: 'string', static_value: 'mqtt' },
  ],
};

export const tower = {
  label: 'Tower',
  attrs: [{ label: 'height', type: 'static', value_type: 'float', static_value: 1.5 }],
};

/** One with the templates `soilProbe` (1) and `tower` (2). */
export async function startStockedRegistry(): Promise<Registry> {
  const registry = await startRegistry();
  await registry.call('POST', '/template', soilProbe);
  await registry.call('POST', '/template', tower);
  return registry;
}
