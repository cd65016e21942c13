import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { TenantLock } from './tenant-lock.ts';

/** Runs what brings events to the bus; what fails is logged and tried again later, so that a change itself never fails by it. */
export interface Delivery {
  /** Call it while holding the tenant's lock. Never rejects. */
  attempt(tenant: string, send: () => Promise<void>): Promise<void>;
  /** The same for everything the tenant owes. */
  attemptAll(tenant: string): Promise<void>;
  /** No more tries after it resolves. */
  stop(): Promise<void>;
}

interface Needs {
  readonly lock: TenantLock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Does everything that remains to be done for the tenant. */
  readonly finishAll: (tenant: string) => Promise<void>;
}

const firstPause = 100;
const longestPause = 30_000;

export function delivery({ lock, log, metrics, finishAll }: Needs): Delivery {
  const failures = metrics.counter(
    'dojot_device_event_failures_total',
    'Attempts to bring events of the device registry to the bus that failed and are repeated.',
  );
  /** By tenant: the next try. */
  const waiting = new Map<string, NodeJS.Timeout>();
  /** By tenant, in ms; absent when the last try succeeded. */
  const pauses = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  async function attempt(tenant: string, send: () => Promise<void>): Promise<void> {
    try {
      await send();
      if (!waiting.has(tenant)) pauses.delete(tenant);
    } catch (error) {
      failures.add();
      log.warn('events of devices could not be published yet', { tenant, error });
      tryLater(tenant);
    }
  }

  const attemptAll = (tenant: string) => attempt(tenant, () => finishAll(tenant));

  function tryLater(tenant: string): void {
    if (stopped || waiting.has(tenant)) return;
    const pause = pauses.get(tenant) ?? firstPause;
    pauses.set(tenant, Math.min(2 * pause, longestPause));
    const timer = setTimeout(() => {
      waiting.delete(tenant);
      const retry = lock.run(tenant, () => attemptAll(tenant));
      running.add(retry);
      void retry.finally(() => running.delete(retry));
    }, pause);
    waiting.set(tenant, timer);
  }

  return {
    attempt,
    attemptAll,
    async stop() {
      stopped = true;
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
      await Promise.all(running);
    },
  };
}
