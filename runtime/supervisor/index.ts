/** The heart: one process per tenant that has flows or an open editor; fed, watched and started again from here. */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { tenantPattern } from '../../contract/topics.ts';
import type { EditorHost } from '../../platform-services/kit/directory.ts';
import type { Metrics } from '../../platform-services/kit/metrics.ts';
import type { Service } from '../../platform-services/kit/service.ts';
import type { NodeCounters } from '../protocol/messages.ts';
import { supervisorErrors } from './errors.ts';
import { createStartGate } from './start-gate.ts';
import type { SupervisorNeeds, SupervisorOptions, TenantCounters } from './supervisor-needs.ts';
import { createTenantHost, type TenantHost } from './tenant-host.ts';

export type { SupervisorOptions } from './supervisor-needs.ts';

type GivenOptions = Pick<SupervisorOptions, 'socketDir' | 'nodePackages'> & Partial<SupervisorOptions>;

interface Needs extends Omit<SupervisorNeeds, 'options' | 'counters' | 'startGate'> {
  readonly metrics: Metrics;
  readonly options: GivenOptions;
}

export interface Supervisor extends Service, EditorHost {
  /** What each node of a tenant did since its process started, by node id. */
  counters(tenant: string): ReadonlyMap<string, NodeCounters>;
  /** Process ids of the tenants that run, by tenant. */
  processes(): ReadonlyMap<string, number>;
}

const defaults = {
  heapMb: 128,
  window: 1000,
  leaseMs: 30_000,
  idleMs: 300_000,
  // A Function node may block for four fifths of it, so that a tenant is back within two seconds.
  livenessMs: 1500,
  drainMs: 5000,
} as const;

const longestTidyMs = 10_000;

export function createSupervisor({ metrics, ...given }: Needs): Supervisor {
  const options: SupervisorOptions = { ...defaults, ...given.options };
  const startGate = createStartGate(availableParallelism() + 1);
  const needs: SupervisorNeeds = { ...given, options, counters: tenantCounters(metrics), startGate };
  const hosts = new Map<string, TenantHost>();
  let tidying: NodeJS.Timeout | undefined;
  let state: 'new' | 'running' | 'stopped' = 'new';

  function hostOf(tenant: string): TenantHost {
    const known = hosts.get(tenant);
    if (known) return known;
    if (!tenantPattern.test(tenant)) throw supervisorErrors.INVALID_TENANT(tenant);
    if (state === 'stopped') throw supervisorErrors.STOPPING();
    const host = createTenantHost(tenant, needs);
    hosts.set(tenant, host);
    return host;
  }

  /** What is wrong with one tenant's flows does not keep the others' from starting. */
  async function begin(tenant: string): Promise<void> {
    try {
      await hostOf(tenant).apply(await needs.flows.runnable(tenant));
    } catch (error) {
      needs.log.error('the flows of a tenant cannot be started', { tenant, error });
    }
  }

  function tidy(): void {
    for (const [tenant, host] of hosts) {
      host.tidy().catch((error: unknown) => needs.log.error('a tenant could not be tidied', { tenant, error }));
    }
  }

  metrics.gauge('dojot_flow_processes', 'Processes of tenants that run now', () => processes().size);

  function processes(): ReadonlyMap<string, number> {
    const pids = Array.from(hosts, ([tenant, host]) => [tenant, host.pid()] as const);
    return new Map(pids.flatMap(([tenant, pid]) => (pid === undefined ? [] : [[tenant, pid]])));
  }

  return {
    name: 'flows',
    async start() {
      mkdirSync(options.socketDir, { recursive: true, mode: 0o700 });
      needs.flows.onApiSave(async (tenant, flows) => {
        if (state === 'running') await hostOf(tenant).apply(flows);
      });
      state = 'running';
      for (const tenant of await needs.flows.tenants()) await begin(tenant);
      tidying = setInterval(tidy, Math.min(longestTidyMs, options.idleMs / 2));
    },
    async stop() {
      state = 'stopped';
      clearInterval(tidying);
      await Promise.all(Array.from(hosts.values(), (host) => host.stop()));
    },
    async health() {
      if (state !== 'running') throw supervisorErrors.STOPPING();
    },
    socketOf: async (tenant) => hostOf(tenant).openEditor(),
    connectionsChanged: (tenant, open) => hosts.get(tenant)?.editorConnections(open),
    counters: (tenant) => hosts.get(tenant)?.counters() ?? new Map(),
    processes,
  };
}

function tenantCounters(metrics: Metrics): (tenant: string) => TenantCounters {
  return (tenant) => {
    const counter = (name: string, help: string) => metrics.counter(`dojot_flow_${name}_total`, help, { tenant });
    return {
      ended: counter('messages_ended', 'Messages that ended in all branches'),
      expired: counter('messages_expired', 'Messages given up because their lease ran out'),
      deaths: counter('process_deaths', 'Processes that died without being asked to stop'),
      setAside: counter('messages_set_aside', 'Messages that killed a process three times'),
    };
  };
}
