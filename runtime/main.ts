/**
 * The composition root: the only place that knows everybody. It opens bus, store and history, makes the services, and
 * starts them from the ground up; `stop` goes the same way back.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AdministratorPassword, type Auth, auth } from '../platform-services/auth/index.ts';
import { devices } from '../platform-services/devices/index.ts';
import { gateway } from '../platform-services/gateway/index.ts';
import { history } from '../platform-services/history/index.ts';
import { systemClock } from '../platform-services/kit/clock.ts';
import type { HistoryStore } from '../platform-services/kit/history/history-store.ts';
import type { Log } from '../platform-services/kit/log.ts';
import { createMetrics } from '../platform-services/kit/metrics.ts';
import type { Store } from '../platform-services/kit/store/store.ts';
import { mqttAgent } from '../platform-services/mqtt-agent/index.ts';
import { isLoopback, type Settings } from '../settings.ts';
import { openDataFolder } from './data-folder.ts';
import { flowApi } from './flow-api/index.ts';
import type { FlowStore } from './flow-store/flow-store.ts';
import { createFlowStore } from './flow-store/index.ts';
import { furtherPackages, nodePackages } from './node-packages.ts';
import { openPorts, openStore } from './ports.ts';
import { type SampleDevices, wantSample } from './sample/sample.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { openSocketFolder } from './socket-folder.ts';
import { startAll, stopAll } from './start-all.ts';
import { createSupervisor } from './supervisor/index.ts';

export interface Platform {
  /** Where people find it. */
  readonly url: string;
  readonly mqttPort: number;
  readonly administratorPassword: AdministratorPassword;
  readonly store: Store;
  readonly flows: FlowStore;
  readonly devices: SampleDevices;
  readonly history: Pick<HistoryStore, 'hasRows'>;
  stop(): Promise<void>;
}

/** What it means that a file was moved away. */
const beginnings = {
  bus: 'the message log begins anew, and what flows and history had not read of the old one is lost',
  history: 'the history begins anew with what the message log still has, and everything older is lost',
} as const;

/** Folder of the project, from source as from the build. */
export const projectFolder = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url));

/**
 * Resolves when every part answers. When one cannot start, those before it are stopped again and its error is thrown.
 * `wantsSample`: a fresh data folder is to get the sample; it is the caller that makes it.
 */
export async function startPlatform(settings: Settings, log: Log, wantsSample = false): Promise<Platform> {
  const further = furtherPackages(settings.nodePackages);
  const folder = openDataFolder(settings.dataDir);
  for (const name of folder.movedAway) log.warn(`${folder[name]} is missing: ${beginnings[name]}`);
  const secrets = openSecrets(folder.secret, folder.fresh);
  const metrics = createMetrics();
  const clock = systemClock;
  const ports = await openPorts({
    ...{ folder, clock, log, metrics },
    retention: { maxAgeMs: settings.busRetention * 1000, maxBytes: settings.busMaxBytes },
  });
  const { bus, store, historyStore } = ports;
  const sockets = openSocketFolder(folder.path);
  const close = () => stopAll([ports, sockets]);
  const base = { bus, store, clock, log, metrics };
  try {
    if (folder.fresh && wantsSample) await wantSample('admin', store);
    folder.settle();
    const users = await auth({ ...base, ...authNeeds(settings, secrets) });
    const registry = await devices({ ...base, random: randomBytes });
    const flows = await createFlowStore({
      ...{ store, clock, log, randomId: randomUUID },
      encryptionKey: (tenant) => secrets.key('flow credentials', tenant),
    });
    const chronicle = history({
      ...{ ...base, historyStore, devices: registry.directory },
      options: { expirationS: settings.historyExpiration },
    });
    const supervisor = createSupervisor({
      ...{ bus, flows, devices: registry.directory, clock, log, metrics },
      options: {
        socketDir: sockets.path,
        nodePackages: [...nodePackages(), ...further],
        heapMb: settings.tenantHeap,
        window: settings.tenantWindow,
        leaseMs: settings.flowLease,
        idleMs: settings.tenantIdle,
      },
    });
    const agent = mqttAgent({ ...base, devices: registry.directory, options: mqttOptions(settings) });
    const door = gateway({
      ...{ clock, log, metrics, tokens: users, sessions: users.sessions, editors: supervisor },
      groups: [
        ...(registry.routes ?? []),
        ...(chronicle.routes ?? []),
        flowApi({ flows, counters: supervisor.counters }),
      ],
      publicGroups: users.publicRoutes,
      healthChecks: [users, registry, chronicle, agent, supervisor, { name: 'bus', health: () => bus.ping() }],
      options: {
        ...{ host: settings.host, port: settings.httpPort, trustProxy: settings.trustProxy },
        hostNames: hostNames(settings),
        consoleFolder: join(projectFolder, 'console'),
      },
    });
    // Consumers before producers; the way back ends what comes in first.
    const stopServices = await startAll([users, registry, chronicle, supervisor, agent, door]);
    return {
      url: `http://${urlHost(settings.host)}:${door.address().port}`,
      mqttPort: agent.port() ?? settings.mqttPort,
      administratorPassword: users.administratorPassword(),
      store,
      flows,
      devices: registry,
      history: historyStore,
      async stop() {
        await stopServices().finally(close);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The users of a data folder on which no platform runs, for as long as `work` takes. The first administrator is there
 * already: nobody else gets his name or his e-mail.
 */
export async function withUsers(settings: Settings, log: Log, work: (users: Auth) => Promise<unknown>): Promise<void> {
  const folder = openDataFolder(settings.dataDir);
  const secrets = openSecrets(folder.secret, folder.fresh);
  const store = await openStore({ folder, clock: systemClock, log });
  try {
    const base = { store, log, clock: systemClock, metrics: createMetrics() };
    const users = await auth({ ...base, ...authNeeds(settings, secrets) });
    await users.start();
    await work(users);
    await users.stop();
  } finally {
    await store.stop();
  }
}

function authNeeds(settings: Settings, secrets: Secrets) {
  return {
    random: randomBytes,
    signingKey: (issuer: string) => secrets.key('tokens', issuer),
    options: {
      tokenLifetimeS: settings.tokenLifetime,
      sessionLifetimeS: settings.sessionLifetime,
      adminPassword: settings.adminPassword,
      exposed: !isLoopback(settings.host),
      loginLimits: { perMinute: settings.loginsPerMinute, perHour: settings.loginsPerHour },
    },
  };
}

/** Where only this machine comes in, nobody but this machine has a name for us; a proxy vouches for the names it passes on. */
function hostNames({ host, hostNames, trustProxy }: Settings): readonly string[] | undefined {
  return hostNames.length > 0 || (isLoopback(host) && !trustProxy) ? hostNames : undefined;
}

function mqttOptions(settings: Settings) {
  return {
    host: settings.host,
    port: settings.mqttPort,
    plainAllowed: settings.mqttPlain === 'everywhere' || isLoopback(settings.host),
    maxPayloadBytes: settings.mqttMaxPayload,
    maxConnections: settings.mqttMaxConnections,
    maxConnectionsPerDevice: settings.mqttConnectionsPerDevice,
    sessionLifetimeMs: settings.mqttSessionLifetime,
  };
}

/** IPv6 addresses stand in brackets in a URL. */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
