/**
 * Many devices at once, all or none, in writes that keep nobody else waiting: first they are written where nobody sees them,
 * then one write decides that they are to be, then they appear. What a crash leaves is finished or taken back by `settle`.
 */
import type { Collection } from '../kit/store/store.ts';
import { mostDevices, slices } from './chunks.ts';
import type { BatchDocument, Collections, DeviceDocument } from './documents.ts';
import { owing } from './outbox.ts';

/** Call both while holding the tenant's lock. */
export interface Batches {
  /**
   * Rejects when it is not decided that they are to be, or not known. `perWrite`: how many may be written at once. They appear,
   * and owe their `create` to the bus, with `settle`.
   */
  stage(tenant: string, id: string, documents: readonly DeviceDocument[], perWrite: number): Promise<void>;
  /** Rejects when something remains to be done. */
  settle(tenant: string): Promise<void>;
}

export function deviceBatches({ batches, devices }: Pick<Collections, 'batches' | 'devices'>): Batches {
  async function appear(tenant: string, { id, devices: ids }: BatchDocument): Promise<void> {
    for (const some of slices(ids, mostDevices)) {
      for await (const page of devices.pages(tenant, { id: { $in: some }, batch: id })) {
        const alive = page.map(({ document: { batch, ...document }, revision }) => ({
          document: { ...document, live: true, ...owing(document, 'create') },
          revision,
        }));
        await devices.replaceMany(tenant, alive);
      }
    }
  }

  return {
    async stage(tenant, id, documents, perWrite) {
      const batch = { id, devices: documents.map((document) => document.id) };
      await batches.insert(tenant, { ...batch, decided: false });
      for (const some of slices(documents, perWrite)) {
        const staged = some.map((document) => ({
          ...document,
          live: false,
          pending: [],
          hasPending: false,
          batch: id,
        }));
        await devices.insert(tenant, ...staged);
      }
      await batches.put(tenant, { ...batch, decided: true });
    },
    async settle(tenant) {
      for (const { document } of await batches.find(tenant)) {
        if (document.decided) await appear(tenant, document);
        else await takeBack(devices, tenant, document);
        await batches.remove(tenant, document.id);
      }
    },
  };
}

async function takeBack(
  devices: Collection<DeviceDocument>,
  tenant: string,
  { id, devices: ids }: BatchDocument,
): Promise<void> {
  for (const some of slices(ids, mostDevices)) await devices.removeMany(tenant, { id: { $in: some }, batch: id });
}
