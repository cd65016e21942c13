/** What the supervisor stands on. */
import type { Bus } from '../../platform-services/kit/bus/bus.ts';
import type { Clock } from '../../platform-services/kit/clock.ts';
import type { DeviceDirectory } from '../../platform-services/kit/directory.ts';
import type { Log } from '../../platform-services/kit/log.ts';
import type { Metrics } from '../../platform-services/kit/metrics.ts';
import type { FlowStore } from '../flow-store/flow-store.ts';
import type { StartGate } from './start-gate.ts';

export interface SupervisorOptions {
  /** Folder for sockets and user folders, open to this user only; its path at most 60 bytes. */
  readonly socketDir: string;
  /** Folders of the node packages every tenant gets. */
  readonly nodePackages: readonly string[];
  /** JavaScript heap of a tenant's process, MB. */
  readonly heapMb: number;
  /** Most messages of a tenant inside its flows. */
  readonly window: number;
  /** Longest time a message may take inside the flows, ms. */
  readonly leaseMs: number;
  /** A process that nobody needs ends after this time, ms. */
  readonly idleMs: number;
  /** A process that does not answer for this time, ms, is killed. */
  readonly livenessMs: number;
  /** Longest time a deploy waits for the messages inside the flows, ms. */
  readonly drainMs: number;
}

/** Counters of one tenant. */
export type TenantCounters = Readonly<
  Record<'ended' | 'expired' | 'deaths' | 'setAside', ReturnType<Metrics['counter']>>
>;

export interface SupervisorNeeds {
  readonly bus: Bus;
  readonly flows: FlowStore;
  readonly devices: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: (tenant: string) => TenantCounters;
  /** One for all tenants. */
  readonly startGate: StartGate;
  readonly options: SupervisorOptions;
}
