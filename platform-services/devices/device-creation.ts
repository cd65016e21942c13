/** Making devices, one or many alike (contract devices-templates-ops §1.6 "POST /device"). */
import { longestRegistryLabel } from '../../contract/limits.ts';
import type { DeviceShape } from '../../contract/rest/device-shapes.ts';
import { isPlatformError } from '../kit/errors.ts';
import type { Collection, Stored } from '../kit/store/store.ts';
import type { Batches } from './batches.ts';
import { mostOfChunk } from './chunks.ts';
import type { Delivery } from './delivery.ts';
import { contentOf, type DeviceChanges, type DeviceContent, shown } from './device-changes.ts';
import { freeDeviceIds, type RandomBytes } from './device-ids.ts';
import type { DeviceDocument, TemplateDocument } from './documents.ts';
import { errors, notParsed } from './errors.ts';
import { type Outbox, owing } from './outbox.ts';
import { parseNewDevice } from './parse.ts';
import type { TenantLock } from './tenant-lock.ts';
import type { Timestamps } from './timestamps.ts';
import { weightOf } from './weights.ts';

/** `body` is checked like that of a request: `{label, templates?, attrs?, id?}`. */
export interface DeviceCreation {
  createDevice(tenant: string, body: unknown): Promise<DeviceShape>;
  /** Many alike, numbered by label; all are made or none. */
  createDevices(tenant: string, body: unknown, count: number): Promise<Pick<DeviceShape, 'id' | 'label'>[]>;
}

interface Created {
  readonly documents: readonly DeviceDocument[];
  readonly templates: readonly TemplateDocument[];
}

interface Needs {
  readonly devices: Collection<DeviceDocument>;
  readonly batches: Batches;
  readonly changes: DeviceChanges;
  readonly random: RandomBytes;
  readonly now: Timestamps;
  readonly lock: TenantLock;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
}

export function deviceCreation({
  devices,
  batches,
  changes,
  random,
  now,
  lock,
  outbox,
  delivery,
}: Needs): DeviceCreation {
  /** The chosen id may still be that of a removed device whose `remove` is not on the bus yet; that one comes first then. */
  async function insertChosen(tenant: string, document: DeviceDocument): Promise<Stored<DeviceDocument>> {
    const present = await devices.get(tenant, document.id);
    if (present?.document.live) throw errors.DEVICE_ID_TAKEN();
    if (!present) return insert(tenant, document);
    const successor = { ...document, ...owing(present.document, 'create') };
    return { document: successor, revision: await devices.replace(tenant, successor, present.revision) };
  }

  async function insert(tenant: string, document: DeviceDocument): Promise<Stored<DeviceDocument>> {
    try {
      await devices.insert(tenant, document);
      return { document, revision: 1 };
    } catch (error) {
      throw isPlatformError(error, 'DUPLICATE') ? errors.DEVICE_ID_TAKEN() : error;
    }
  }

  /** Writes them and says so on the bus. */
  async function write(tenant: string, documents: readonly DeviceDocument[], weight: number): Promise<void> {
    const [only, ...others] = documents;
    const perWrite = mostOfChunk(weight);
    if (documents.length > perWrite) return writeBatch(tenant, documents, perWrite);
    const stored =
      only && others.length === 0 ? [await insertChosen(tenant, only)] : await insertAll(tenant, documents);
    await delivery.attempt(tenant, () => outbox.flush(tenant, stored));
  }

  async function insertAll(tenant: string, documents: readonly DeviceDocument[]): Promise<Stored<DeviceDocument>[]> {
    await devices.insert(tenant, ...documents);
    return documents.map((document) => ({ document, revision: 1 }));
  }

  async function writeBatch(tenant: string, documents: readonly DeviceDocument[], perWrite: number): Promise<void> {
    try {
      await batches.stage(tenant, random(8).toString('hex'), documents, perWrite);
      await batches.settle(tenant);
    } catch (error) {
      await delivery.attempt(tenant, () => batches.settle(tenant));
      throw error;
    }
    await delivery.attempt(tenant, () => outbox.flushAll(tenant));
  }

  async function create(tenant: string, body: unknown, count: number): Promise<Created> {
    const request = parseNewDevice(body, count);
    const labels = batchLabels(request.label, count);
    return lock.run(tenant, async () => {
      const chosen = count === 1 ? request.id : undefined;
      const ids = typeof chosen === 'string' ? [chosen] : await freeDeviceIds(devices, tenant, count, random);
      const templates = await changes.templatesNamed(tenant, request.templates ?? [], count);
      const content = contentOf(request, templates, ids[0] ?? '', count);
      const documents = ids.map((id, index) => newDevice(id, { ...content, label: labels[index] ?? '' }, now()));
      await write(tenant, documents, weightOf(templates, content.overrides));
      return { documents, templates };
    });
  }

  return {
    async createDevice(tenant, body) {
      const { documents, templates } = await create(tenant, body, 1);
      const [device] = documents;
      if (!device) throw errors.NO_FREE_DEVICE_ID();
      return shown(device, templates);
    },
    async createDevices(tenant, body, count) {
      const { documents } = await create(tenant, body, count);
      return documents.map(({ id, label }) => ({ id, label }));
    },
  };
}

function newDevice(id: string, content: DeviceContent, created: string): DeviceDocument {
  return { id, live: true, ...content, created, ...owing({ pending: [] }, 'create') };
}

/** `LABEL_0` … , padded with zeros to the digits of the count; a single device keeps its label. */
function batchLabels(label: string, count: number): string[] {
  if (count === 1) return [label];
  const digits = String(count).length;
  if (label.length + 1 + digits > longestRegistryLabel) {
    throw notParsed('input', { label: [`Longer than maximum length ${longestRegistryLabel - 1 - digits}.`] });
  }
  return Array.from({ length: count }, (_, index) => `${label}_${String(index).padStart(digits, '0')}`);
}
