/** The registry of templates and devices: its REST API, its events on the bus, and the directory other parts look devices up in. */
import type { Bus } from '../kit/bus/bus.ts';
import type { Clock } from '../kit/clock.ts';
import type { DeviceDirectory } from '../kit/directory.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import type { Store } from '../kit/store/store.ts';
import { actuation } from './actuation.ts';
import { deviceBatches } from './batches.ts';
import { deviceChunks } from './chunks.ts';
import { delivery } from './delivery.ts';
import { deviceChanges } from './device-changes.ts';
import { deviceCreation } from './device-creation.ts';
import type { RandomBytes } from './device-ids.ts';
import { deviceQueries } from './device-queries.ts';
import { deviceOperations } from './devices.ts';
import { deviceDirectory } from './directory.ts';
import { openCollections } from './documents.ts';
import { events } from './events.ts';
import { outbox } from './outbox.ts';
import { propagation } from './propagation.ts';
import { deviceRoutes, type Operations } from './routes.ts';
import { sequences } from './sequences.ts';
import { templateReader } from './template-reader.ts';
import { templateOperations } from './templates.ts';
import { tenantLock } from './tenant-lock.ts';
import { timestamps } from './timestamps.ts';

export interface DevicesNeeds {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  /** As `randomBytes` of `node:crypto`. */
  readonly random: RandomBytes;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Devices the directory keeps in memory. */
  readonly directorySize?: number;
}

export interface Devices extends Service, Operations {
  readonly directory: DeviceDirectory;
}

/** Opens its collections; `start` sends the events a crash has left unsent. */
export async function devices(needs: DevicesNeeds): Promise<Devices> {
  const { store, bus, clock, random, metrics, directorySize = 100_000 } = needs;
  const collections = await openCollections(store);
  const now = timestamps(clock);
  const lock = tenantLock();
  const templates = templateReader(collections.templates);
  const directory = deviceDirectory(collections.devices, templates, directorySize);
  const chunks = deviceChunks(collections.devices, templates);
  const toBus = events(bus, metrics);
  const box = outbox(collections.devices, chunks, toBus);
  const batches = deviceBatches(collections);
  const { finishAll } = propagation({ collections, chunks, events: toBus, batches, outbox: box });
  const delivering = delivery({ lock, log: needs.log.part('devices'), metrics, finishAll });

  const changes = deviceChanges({ collections, outbox: box, delivery: delivering, directory, now });
  const queries = deviceQueries({ devices: collections.devices, templates, chunks });
  const shared = { collections, lock, outbox: box, delivery: delivering, directory };
  const operations: Operations = {
    ...templateOperations({ ...shared, chunks, reader: templates, sequences: sequences(store), now }),
    ...queries,
    ...deviceOperations({ ...shared, chunks, changes }),
    ...deviceCreation({ ...shared, devices: collections.devices, batches, changes, random, now }),
    actuate: actuation(queries, toBus, clock),
  };

  return {
    ...operations,
    name: 'devices',
    directory,
    routes: [deviceRoutes(operations)],
    async start() {
      const tenants = await Promise.all(Object.values(collections).map((collection) => collection.tenants()));
      for (const tenant of new Set(tenants.flat())) await lock.run(tenant, () => delivering.attemptAll(tenant));
    },
    stop: () => delivering.stop(),
    health: () => store.ping(),
  };
}
