/**
 * After a template has changed: its devices lose the values of attributes that are gone, get new search terms, and their
 * consumers an `update` each. The template is marked until that is done, so a crash in between only repeats it.
 */
import type { Stored } from '../kit/store/store.ts';
import type { Batches } from './batches.ts';
import type { Chunk, DeviceChunks } from './chunks.ts';
import type { Collections, DeviceDocument, TemplateDocument } from './documents.ts';
import { type Events, lifecycleMessage, templateUpdateMessage } from './events.ts';
import type { Outbox } from './outbox.ts';
import { keptOverrides } from './overrides.ts';
import { templatesOf } from './template-reader.ts';
import { deviceFacts } from './terms.ts';
import { renderDevice, renderTemplate } from './wire.ts';

export interface Propagation {
  /**
   * What a change has begun and not finished, and what the tenant owes the bus. Rejects when something remains to be done; the
   * devices follow their templates then all the same: whoever asks for them must not find what they were.
   */
  finishAll(tenant: string): Promise<void>;
}

interface Needs {
  readonly collections: Collections;
  readonly chunks: DeviceChunks;
  readonly events: Events;
  readonly batches: Batches;
  readonly outbox: Outbox;
}

export function propagation({ collections, chunks, events, batches, outbox }: Needs): Propagation {
  async function spread(tenant: string, { document, revision }: Stored<TemplateDocument>): Promise<void> {
    const affected: string[] = [];
    for await (const chunk of devicesOf(tenant, document)) {
      const devices = await adapt(tenant, chunk);
      const shapes = devices.map((device) => renderDevice(device, chunk.templates));
      await events.publish(
        tenant,
        shapes.map((shape) => lifecycleMessage(tenant, 'update', shape)),
      );
      affected.push(...shapes.map(({ id }) => id));
    }
    await events.publish(tenant, [templateUpdateMessage(tenant, renderTemplate(document), affected)]);
    await collections.templates.replace(tenant, { ...document, propagating: false }, revision);
  }

  const begun = (tenant: string) => collections.templates.find(tenant, { propagating: true });
  const devicesOf = (tenant: string, { number }: TemplateDocument) =>
    chunks.matching(tenant, { live: true, templates: number });

  /** Resolves to the devices as they are then. */
  async function adapt(tenant: string, { stored, templates }: Chunk): Promise<DeviceDocument[]> {
    const after = stored.map(({ document, revision }) => ({
      document: adapted(document, templatesOf(document, templates)),
      revision,
    }));
    const changed = after.filter(({ document }, index) => !isSame(document, stored[index]?.document));
    if (changed.length > 0) await collections.devices.replaceMany(tenant, changed);
    return after.map(({ document }) => document);
  }

  async function spreadAll(tenant: string): Promise<void> {
    for (const template of await begun(tenant)) await spread(tenant, template);
  }

  async function adaptAll(tenant: string): Promise<void> {
    for (const { document } of await begun(tenant)) {
      for await (const chunk of devicesOf(tenant, document)) await adapt(tenant, chunk);
    }
  }

  return {
    async finishAll(tenant) {
      await batches.settle(tenant);
      try {
        // A device whose `create` is still owed gets it before the `update`.
        await outbox.flushAll(tenant);
        await spreadAll(tenant);
      } catch (error) {
        await adaptAll(tenant);
        throw error;
      }
    },
  };
}

function adapted(device: DeviceDocument, templates: readonly TemplateDocument[]): DeviceDocument {
  const overrides = keptOverrides(device.overrides, templates);
  return { ...device, overrides, ...deviceFacts(templates, overrides) };
}

function isSame(after: DeviceDocument, before: DeviceDocument | undefined): boolean {
  return (
    before !== undefined &&
    Object.keys(after.overrides).length === Object.keys(before.overrides).length &&
    JSON.stringify([after.unaltered, after.terms]) === JSON.stringify([before.unaltered, before.terms])
  );
}
