import type { Collection } from '../kit/store/store.ts';
import type { DeviceDocument } from './documents.ts';
import { errors } from './errors.ts';

/** As `randomBytes` of `node:crypto`. */
export type RandomBytes = (size: number) => Buffer;

const attempts = 10;
const idsPerLookUp = 500;

/** Free ids of 5 or 6 hex digits (contract devices-templates-ops §1.2.1). */
export async function freeDeviceIds(
  devices: Collection<DeviceDocument>,
  tenant: string,
  count: number,
  random: RandomBytes,
): Promise<string[]> {
  const free = new Set<string>();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const candidates = Array.from({ length: count - free.size }, () => randomId(random));
    const taken = await takenOf(devices, tenant, candidates);
    for (const id of candidates) if (!taken.has(id)) free.add(id);
    // In order: in an index neighbours are written together.
    if (free.size === count) return [...free].sort();
  }
  throw errors.NO_FREE_DEVICE_ID();
}

function randomId(random: RandomBytes): string {
  return random(3).readUIntBE(0, 3).toString(16).padStart(5, '0');
}

async function takenOf(
  devices: Collection<DeviceDocument>,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (let start = 0; start < ids.length; start += idsPerLookUp) {
    const found = await devices.ids(tenant, { id: { $in: ids.slice(start, start + idsPerLookUp) } });
    for (const id of found) taken.add(id);
  }
  return taken;
}
