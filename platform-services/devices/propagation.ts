/**
 * After a template has changed: its devices lose the values of attributes that are gone, get new search terms, and their
 * consumers an `update` each. The template is marked until that is done, so a crash in between only repeats it.
 */
import type { Stored } from '../kit/store/store.ts';
import type { Chunk, DeviceChunks } from './chunks.ts';
import type { Collections, DeviceDocument, TemplateDocument } from './documents.ts';
import { type Events, lifecycleMessage, templateUpdateMessage } from './events.ts';
import { keptOverrides } from './overrides.ts';
import { templatesOf } from './template-reader.ts';
import { deviceFacts } from './terms.ts';
import { renderDevice, renderTemplate } from './wire.ts';

export interface Propagation {
  /** For all templates that are marked. Rejects when it could not finish; the marks stay then. */
  spreadAll(tenant: string): Promise<void>;
  /** Only what the devices are, for when nobody can be told: whoever asks for them must not find what they were. */
  adaptAll(tenant: string): Promise<void>;
}

interface Needs {
  readonly collections: Collections;
  readonly chunks: DeviceChunks;
  readonly events: Events;
}

export function propagation({ collections, chunks, events }: Needs): Propagation {
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

  return {
    async spreadAll(tenant) {
      for (const template of await begun(tenant)) await spread(tenant, template);
    },
    async adaptAll(tenant) {
      for (const { document } of await begun(tenant)) {
        for await (const chunk of devicesOf(tenant, document)) await adapt(tenant, chunk);
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
