/** The agent on a real log and a real store, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subjects, topicOf } from '../../../../contract/topics.ts';
import type { Bus, Message } from '../../../kit/bus/bus.ts';
import { createSqliteBus } from '../../../kit/bus/sqlite/sqlite-bus.ts';
import { systemClock } from '../../../kit/clock.ts';
import type { DeviceDirectory } from '../../../kit/directory.ts';
import { type Log, silentLog } from '../../../kit/log.ts';
import { createMetrics, type Metrics } from '../../../kit/metrics.ts';
import { createSqliteStore } from '../../../kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../kit/store/store.ts';
import { type MqttAgent, type MqttAgentOptions, mqttAgent } from '../../index.ts';
import { until } from './until.ts';

export interface Rig {
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly agent: MqttAgent;
  readonly port: number;
  /** Values of one counter or gauge. */
  count(name: string): Promise<number>;
  /** What is on `admin.device-data`, parsed. */
  readings(): Promise<{ metadata: Record<string, unknown>; attrs: Record<string, unknown> }[]>;
  messages(): Promise<Message[]>;
  /** Puts events on `admin.dojot.device-manager.device`. */
  send(...events: object[]): Promise<void>;
  /** Resolves when the agent has taken all device events. */
  consumed(): Promise<void>;
  /** Stops agent, log and store as a restart does, and starts them again on the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions extends Partial<MqttAgentOptions> {
  readonly devices?: DeviceDirectory;
  readonly log?: Log;
  /** Puts something between the agent and the log. */
  readonly wrapBus?: (bus: Bus) => Bus;
  /** The same for the store. */
  readonly wrapStore?: (store: Store) => Store;
}

/** Devices of tenant `admin` that exist by default. */
const known = new Set(['efac', 'abcd', 'beef']);

export const someDevices: DeviceDirectory = {
  find: async (tenant, id) =>
    tenant === 'admin' && known.has(id) ? { id, label: id, templates: [], attributes: [] } : undefined,
};

export async function startRig(rigOptions: RigOptions = {}) {
  const {
    devices = someDevices,
    log = silentLog,
    wrapBus = (bus) => bus,
    wrapStore = (store) => store,
    ...options
  } = rigOptions;
  const folder = mkdtempSync(join(tmpdir(), 'dojot-mqtt-'));
  let bus: Bus;
  let store: Store;
  let metrics: Metrics;
  let agent: MqttAgent;

  async function open(): Promise<void> {
    metrics = createMetrics();
    const retention = { maxAgeMs: 3_600_000, maxBytes: 2 ** 30 };
    bus = await createSqliteBus({ file: join(folder, 'bus.db'), retention, clock: systemClock, log: silentLog });
    store = await createSqliteStore({ file: join(folder, 'store.db'), clock: systemClock, log: silentLog });
    agent = mqttAgent({
      bus: wrapBus(bus),
      devices,
      store: wrapStore(store),
      clock: systemClock,
      log,
      metrics,
      options: { host: '127.0.0.1', port: 0, plainAllowed: true, ...options },
    });
    await agent.start();
  }

  async function close(): Promise<void> {
    await agent.stop();
    await bus.stop();
    await store.stop();
  }

  async function messages(): Promise<Message[]> {
    const found: Message[] = [];
    await bus.replay({ subjects: [subjects.deviceData] }, 0, async (batch) => {
      found.push(...batch.messages);
    });
    return found;
  }

  try {
    await open();
  } catch (error) {
    await close();
    rmSync(folder, { recursive: true });
    throw error;
  }
  const rig: Rig = {
    get bus() {
      return bus;
    },
    get metrics() {
      return metrics;
    },
    get agent() {
      return agent;
    },
    get port() {
      return agent.port() ?? 0;
    },
    count: async (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await metrics.text())?.[1] ?? 0),
    messages,
    readings: async () => (await messages()).map((message) => JSON.parse(message.value)),
    send: (...events) =>
      bus.publish(
        topicOf('admin', subjects.deviceEvents),
        events.map((event) => ({ key: keyOf(event), value: JSON.stringify(event) })),
      ),
    consumed: async () => {
      await until('the events to be taken', async () =>
        (await bus.lag('mqtt-agent')).every(({ messages }) => messages === 0),
      );
    },
    restart: async () => {
      await close();
      await open();
    },
    stop: async () => {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

export function configure(id: string, attrs: object): object {
  return { event: 'configure', meta: { service: 'admin', timestamp: 1 }, data: { id, attrs } };
}

function keyOf(event: object): string {
  const data = 'data' in event && typeof event.data === 'object' ? event.data : undefined;
  return data && 'id' in data ? `admin:${data.id}` : 'admin:efac';
}
