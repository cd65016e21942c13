/** A supervisor on a real bus and a real store, with tenants' processes started from source. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers, type Origin, parseOrigin } from '../../../../contract/headers.ts';
import { deviceKey, subjects, topicOf } from '../../../../contract/topics.ts';
import type { Bus, Message } from '../../../../platform-services/kit/bus/bus.ts';
import { createSqliteBus } from '../../../../platform-services/kit/bus/sqlite/sqlite-bus.ts';
import { systemClock } from '../../../../platform-services/kit/clock.ts';
import type { KnownDevice } from '../../../../platform-services/kit/directory.ts';
import { createLog, type Log } from '../../../../platform-services/kit/log.ts';
import { createMetrics, type Metrics } from '../../../../platform-services/kit/metrics.ts';
import { createSqliteStore } from '../../../../platform-services/kit/store/sqlite/sqlite-store.ts';
import type { FlowStore } from '../../../flow-store/flow-store.ts';
import { createFlowStore } from '../../../flow-store/index.ts';
import { createSupervisor, type Supervisor, type SupervisorOptions } from '../../index.ts';

const nodesDir = join(import.meta.dirname, '../../../../nodes');
export const nodePackages = readdirSync(nodesDir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
  .map(({ name }) => join(nodesDir, name));

export interface World {
  readonly bus: Bus;
  readonly flows: FlowStore;
  readonly supervisor: Supervisor;
  /** Devices by `tenant:id`. */
  readonly devices: Map<string, KnownDevice>;
  /** Lines the platform logged. */
  readonly lines: string[];
  readonly folder: string;
  /** Value of `dojot_flow_<name>_total` of a tenant of the present supervisor. */
  count(name: string, tenant?: string): Promise<number>;
  /** Publishes a reading of a device. */
  say(device: string, attrs: Record<string, unknown>, tenant?: string): Promise<void>;
  /** Everything on a tenant's subject so far. */
  read(subject: string, tenant?: string): Promise<Message[]>;
  /** What flows published in the name of a device, in order. */
  said(device: string, tenant?: string): Promise<Said[]>;
  /** Stops the supervisor and starts another one on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Said {
  readonly attrs: Record<string, unknown>;
  readonly origin: Origin | undefined;
  readonly generation: number;
}

export async function createWorld(options: Partial<SupervisorOptions> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'dojot-flows-'));
  const lines: string[] = [];
  const log: Log = createLog('debug', 'text', (line) => lines.push(line));
  const clock = systemClock;
  const bus = await createSqliteBus({
    file: join(folder, 'bus.db'),
    retention: { maxAgeMs: 86_400_000, maxBytes: 1e9 },
    clock,
    log,
  });
  const store = await createSqliteStore({ file: join(folder, 'store.db'), clock, log });
  const flows = await createFlowStore({
    store,
    clock,
    log,
    randomId: randomUUID,
    encryptionKey: (tenant) => createHash('sha256').update(tenant).digest(),
  });
  const devices = new Map<string, KnownDevice>();
  const directory = { find: async (tenant: string, id: string) => devices.get(deviceKey(tenant, id)) };
  let metrics = createMetrics();
  const create = () =>
    createSupervisor({
      ...{ bus, flows, devices: directory, log, metrics, clock },
      options: { socketDir: join(folder, 'run'), nodePackages, ...options },
    });
  let supervisor = create();

  return {
    ...{ bus, flows, devices, lines, folder },
    count: (name, tenant = 'admin') => countOf(metrics, name, tenant),
    get supervisor() {
      return supervisor;
    },
    async say(device, attrs, tenant = 'admin') {
      const metadata = { deviceid: device, tenant, timestamp: Date.now() };
      const value = JSON.stringify({ metadata, attrs });
      await bus.publish(topicOf(tenant, subjects.deviceData), [{ key: deviceKey(tenant, device), value }]);
    },
    read: (subject, tenant = 'admin') => readAll(bus, subject, tenant),
    async said(device, tenant = 'admin') {
      const messages = await readAll(bus, subjects.deviceData, tenant);
      return messages
        .filter((message) => message.key === deviceKey(tenant, device))
        .map((message) => ({
          attrs: JSON.parse(message.value).attrs,
          origin: parseOrigin(message.headers[headers.origin]),
          generation: Number(message.headers[headers.generation] ?? 0),
        }));
    },
    async restart() {
      await supervisor.stop();
      metrics = createMetrics();
      supervisor = create();
      await supervisor.start();
    },
    async stop() {
      await supervisor.stop();
      await bus.stop();
      await store.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function countOf(metrics: Metrics, name: string, tenant: string): Promise<number> {
  const line = new RegExp(`^dojot_flow_${name}_total\\{tenant="${tenant}"\\} (\\d+)`, 'm');
  return Number(line.exec(await metrics.text())?.[1] ?? 0);
}

async function readAll(bus: Bus, subject: string, tenant: string): Promise<Message[]> {
  const found: Message[] = [];
  await bus.replay({ subjects: [subject], tenants: [tenant] }, 0, async ({ messages }) => {
    found.push(...messages);
  });
  return found;
}

/** Whether the flows have ended everything there is to read. */
export async function allRead({ bus }: World): Promise<boolean> {
  return (await bus.lag('flows')).every(({ messages }) => messages === 0);
}

/** A world that runs, with devices of the tenant admin. Nothing in it should wait for a lease: it is longer than the tests. */
export async function startedWorld(
  devices: readonly string[] = ['sensor', 'virtual'],
  options: Partial<SupervisorOptions> = {},
): Promise<World> {
  const world = await createWorld({ leaseMs: 60_000, ...options });
  for (const id of devices) world.devices.set(deviceKey('admin', id), device(id));
  await world.supervisor.start();
  return world;
}

/** A device as the directory knows it. */
export function device(id: string, templates: string[] = ['1'], statics: Record<string, string> = {}): KnownDevice {
  const attributes = Object.entries(statics).map(([label, staticValue]) => ({
    ...{ label, type: 'static', valueType: 'string', staticValue },
  }));
  return { id, label: id, templates, attributes };
}

/** Asks again until the answer is truthy; fails with `what` after `longestMs`. */
export async function until<T>(what: string, ask: () => T | Promise<T>, longestMs = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + longestMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** A request to a tenant's editor as the gateway makes it. */
export async function editor(
  { supervisor }: World,
  method: string,
  path: string,
  { body, tenant = 'admin', user = { username: 'admin', permissions: '*' }, more = {} }: EditorRequest = {},
): Promise<Answer> {
  const socketPath = await supervisor.socketOf(tenant);
  const headers = {
    ...(user && { 'x-dojot-user': JSON.stringify(user) }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    accept: 'application/json',
    'Node-RED-API-Version': 'v2',
    ...more,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: `/editor/${tenant}${path}`, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, json: text && parsed(text) }));
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface EditorRequest {
  readonly body?: unknown;
  readonly tenant?: string;
  readonly user?: { readonly username: string; readonly permissions: string } | false;
  readonly more?: Record<string, string>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
