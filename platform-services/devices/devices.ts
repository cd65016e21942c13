/** Changing devices that exist (contract devices-templates-ops §1.6). */
import type { DeviceShape } from '../../contract/rest/device-shapes.ts';
import { refuseConflicts } from './association.ts';
import { type Chunk, type DeviceChunks, mostDevices } from './chunks.ts';
import type { Delivery } from './delivery.ts';
import { contentOf, type DeviceChanges, withTemplates } from './device-changes.ts';
import type { CachedDirectory } from './directory.ts';
import type { Collections } from './documents.ts';
import { errors } from './errors.ts';
import { type Outbox, tombstone } from './outbox.ts';
import { keptOverrides } from './overrides.ts';
import { parseDeviceUpdate } from './parse.ts';
import { refuseTooMuch } from './size-limit.ts';
import type { TenantLock } from './tenant-lock.ts';
import { weightOf } from './weights.ts';
import { renderDevice } from './wire.ts';

export interface DeviceOperations {
  /** Replaces label, templates and own values. */
  updateDevice(tenant: string, id: string, body: unknown): Promise<DeviceShape>;
  addTemplate(tenant: string, deviceId: string, templateId: string): Promise<DeviceShape>;
  /** The device's own values for that template go with it. */
  dropTemplate(tenant: string, deviceId: string, templateId: string): Promise<DeviceShape>;
  /** Resolves to what it was. */
  removeDevice(tenant: string, id: string): Promise<DeviceShape>;
  /** Removes them while the result is read, and what is left when the reader stops; each comes when it has gone. */
  removeAllDevices(tenant: string): AsyncIterable<DeviceShape>;
}

interface Needs {
  readonly collections: Collections;
  readonly chunks: DeviceChunks;
  readonly changes: DeviceChanges;
  readonly lock: TenantLock;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly directory: CachedDirectory;
}

export function deviceOperations(needs: Needs): DeviceOperations {
  const { chunks, changes, lock, outbox, delivery, directory } = needs;
  const { devices } = needs.collections;

  async function removeChunk(tenant: string, { stored, templates }: Chunk): Promise<DeviceShape[]> {
    const shapes = stored.map(({ document }) => renderDevice(document, templates));
    const tombstones = stored.map(({ document, revision }) => ({
      document: tombstone(document, renderDevice(document, templates)),
      revision,
    }));
    await devices.replaceMany(tenant, tombstones);
    for (const { id } of shapes) directory.forget(tenant, id);
    await delivery.attempt(tenant, () => outbox.flush(tenant, tombstones));
    return shapes;
  }

  async function removeFirst(tenant: string, after: string): Promise<DeviceShape[]> {
    const options = { sort: [{ field: 'id' }], limit: mostDevices };
    const rest = chunks.matching(tenant, { live: true, id: { $gt: after } }, options);
    for await (const chunk of rest) return removeChunk(tenant, chunk);
    return [];
  }

  async function* removeAll(tenant: string): AsyncGenerator<DeviceShape> {
    /** Undefined at the end, and after a failure. */
    let after: string | undefined = '';
    const removeNext = async (): Promise<DeviceShape[]> => {
      const from = after ?? '';
      after = undefined;
      // A turn of its own for each part: others need not wait for how fast this client reads.
      const removed = await lock.run(tenant, () => removeFirst(tenant, from));
      after = removed.at(-1)?.id;
      return removed;
    };
    try {
      while (after !== undefined) yield* await removeNext();
    } finally {
      // Who has gone wanted them removed all the same.
      while (after !== undefined) await removeNext();
    }
  }

  return {
    async updateDevice(tenant, id, body) {
      const request = parseDeviceUpdate(body);
      return lock.run(tenant, async () => {
        const stored = await changes.existing(tenant, id);
        const used = await changes.templatesNamed(tenant, request.templates, 1);
        return changes.update(tenant, stored, contentOf(request, used, id), used);
      });
    },

    addTemplate(tenant, deviceId, templateId) {
      return lock.run(tenant, async () => {
        const stored = await changes.existing(tenant, deviceId);
        const { label, overrides } = stored.document;
        const used = await changes.templatesNamed(tenant, [...stored.document.templates, templateId], 1);
        refuseTooMuch(1, weightOf(used, overrides));
        refuseConflicts(deviceId, used);
        return changes.update(tenant, stored, withTemplates(label, used, overrides), used);
      });
    },

    dropTemplate(tenant, deviceId, templateId) {
      return lock.run(tenant, async () => {
        const stored = await changes.existing(tenant, deviceId);
        const { label, templates: before, overrides } = stored.document;
        const remaining = before.filter((number) => String(number) !== templateId);
        if (remaining.length === before.length) throw errors.NOT_ASSOCIATED(deviceId, templateId);
        const used = await changes.templatesNamed(tenant, remaining, 0);
        const content = withTemplates(label, used, keptOverrides(overrides, used));
        return changes.update(tenant, stored, content, used);
      });
    },

    removeDevice(tenant, id) {
      return lock.run(tenant, async () => {
        const stored = await changes.existing(tenant, id);
        for await (const chunk of chunks.of(tenant, [stored])) {
          const [removed] = await removeChunk(tenant, chunk);
          if (removed) return removed;
        }
        throw errors.UNKNOWN_DEVICE(id);
      });
    },

    removeAllDevices: removeAll,
  };
}
