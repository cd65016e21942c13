/** Keeps what devices say and answers questions about it. */
import type { Bus } from '../kit/bus/bus.ts';
import type { Clock } from '../kit/clock.ts';
import type { DeviceDirectory } from '../kit/directory.ts';
import type { HistoryStore } from '../kit/history/history-store.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import { type Expiry, startExpiry } from './expiry.ts';
import { notificationReader } from './notifications.ts';
import { type Persister, startPersister } from './persister.ts';
import { historyReader } from './reader.ts';
import { historyRoutes } from './routes.ts';

export interface HistoryNeeds {
  readonly bus: Bus;
  readonly historyStore: HistoryStore;
  readonly devices: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: {
    /** How long a value is kept, s, counted from its own time. */
    readonly expirationS: number;
  };
}

export function history(needs: HistoryNeeds): Service {
  const { historyStore, devices, clock } = needs;
  const log = needs.log.part('history');
  const expirationMs = needs.options.expirationS * 1000;
  let persister: Persister | undefined;
  let expiry: Expiry | undefined;
  return {
    name: 'history',
    routes: [
      historyRoutes({
        history: historyReader({ historyStore, devices, clock, expirationMs }),
        notifications: notificationReader({ historyStore, clock, expirationMs }),
      }),
    ],
    async start() {
      persister = await startPersister({ ...needs, log });
      expiry = startExpiry({ historyStore, clock, log, expirationMs });
    },
    async stop() {
      expiry?.stop();
      await persister?.stop();
      // What is in memory the history store writes when it is stopped.
    },
    health: () => historyStore.ping(),
  };
}
