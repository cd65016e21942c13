import type { DeviceDirectory, KnownDevice } from '../kit/directory.ts';
import type { Collection } from '../kit/store/store.ts';
import type { DeviceDocument } from './documents.ts';
import { type TemplateReader, templatesOf } from './template-reader.ts';

/** The directory of `kit/directory.ts`, plus what a change has to call once it is committed and before it is answered. */
export interface CachedDirectory extends DeviceDirectory {
  forget(tenant: string, deviceId: string): void;
  /** After a change that may touch any device of the tenant. */
  forgetTenant(tenant: string): void;
}

/**
 * Keeps the `size` devices asked for last. What it keeps are the reads themselves: callers that ask at the same time
 * share one, and a read begun before a change is thrown out by it. Unknown devices are not kept.
 */
export function deviceDirectory(
  devices: Collection<DeviceDocument>,
  templates: TemplateReader,
  size: number,
): CachedDirectory {
  /** By `tenant:deviceId`, the one used last at the end. */
  const reads = new Map<string, Promise<KnownDevice | undefined>>();

  async function read(tenant: string, deviceId: string): Promise<KnownDevice | undefined> {
    const stored = await devices.get(tenant, deviceId);
    if (!stored?.document.live) return undefined;
    const known = await templates.of(tenant, [stored.document]);
    return knownDevice(stored.document, templatesOf(stored.document, known));
  }

  function remember(key: string, reading: Promise<KnownDevice | undefined>): void {
    reads.set(key, reading);
    if (reads.size > size) dropOldest();
    const dropUnless = (device: KnownDevice | undefined) => {
      if (!device && reads.get(key) === reading) reads.delete(key);
    };
    // The caller gets a rejection; here it only must not stay.
    reading.then(dropUnless, () => dropUnless(undefined));
  }

  function dropOldest(): void {
    for (const key of reads.keys()) {
      reads.delete(key);
      return;
    }
  }

  return {
    find(tenant, deviceId) {
      const key = `${tenant}:${deviceId}`;
      const present = reads.get(key);
      if (present) {
        reads.delete(key);
        reads.set(key, present);
        return present;
      }
      const reading = read(tenant, deviceId);
      remember(key, reading);
      return reading;
    },
    forget(tenant, deviceId) {
      reads.delete(`${tenant}:${deviceId}`);
    },
    forgetTenant(tenant) {
      for (const key of reads.keys()) if (key.startsWith(`${tenant}:`)) reads.delete(key);
    },
  };
}

function knownDevice(
  { id, label, templates: numbers, overrides }: DeviceDocument,
  templates: ReturnType<typeof templatesOf>,
): KnownDevice {
  const attributes = templates.flatMap((template) => template.attributes).toSorted((a, b) => a.id - b.id);
  return {
    id,
    label,
    templates: numbers.map(String),
    attributes: attributes.map((attribute) => {
      const staticValue = overrides[attribute.id] ?? attribute.staticValue;
      return {
        label: attribute.label,
        type: attribute.type,
        valueType: attribute.valueType,
        ...(staticValue === undefined ? {} : { staticValue }),
      };
    }),
  };
}
