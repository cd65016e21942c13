/** What every change of one device has in common: its content from a request, its commit, its events. */
import type { OverrideBody } from '../../contract/rest/device-bodies.ts';
import type { DeviceShape } from '../../contract/rest/device-shapes.ts';
import type { Stored } from '../kit/store/store.ts';
import { refuseConflicts } from './association.ts';
import type { Delivery } from './delivery.ts';
import type { CachedDirectory } from './directory.ts';
import type { Collections, DeviceDocument, TemplateDocument } from './documents.ts';
import { errors } from './errors.ts';
import { type Outbox, owing } from './outbox.ts';
import { readOverrides } from './overrides.ts';
import { refuseTooMuch } from './size-limit.ts';
import { deviceFacts } from './terms.ts';
import type { Timestamps } from './timestamps.ts';
import { weightOf, weightOfTemplate } from './weights.ts';
import { renderDevice } from './wire.ts';

/** Each may be large, and one request may name a thousand. */
const templatesPerRead = 10;

export type DeviceContent = Pick<DeviceDocument, 'label' | 'templates' | 'overrides' | 'unaltered' | 'terms'>;

/** What a request says of a device; template ids as numbers or texts. */
export interface DeviceRequest {
  readonly label: string;
  readonly templates?: readonly (string | number)[] | undefined;
  readonly attrs?: readonly OverrideBody[] | undefined;
}

export interface DeviceChanges {
  /** Throws `UNKNOWN_DEVICE`. */
  existing(tenant: string, id: string): Promise<Stored<DeviceDocument>>;
  /**
   * Throws `UNKNOWN_TEMPLATE` for the first that does not exist, and what `refuseTooMuch` does when so many devices with
   * all of these would be; 0: they are there already.
   */
  templatesNamed(tenant: string, ids: readonly (string | number)[], devices: number): Promise<TemplateDocument[]>;
  /** Writes new content, sets `updated`, publishes an `update`; resolves to the device as it is now. */
  update(
    tenant: string,
    stored: Stored<DeviceDocument>,
    content: DeviceContent,
    templates: readonly TemplateDocument[],
  ): Promise<DeviceShape>;
}

interface Needs {
  readonly collections: Collections;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly directory: CachedDirectory;
  readonly now: Timestamps;
}

export function deviceChanges({
  collections: { devices, templates },
  outbox,
  delivery,
  directory,
  now,
}: Needs): DeviceChanges {
  return {
    async existing(tenant, id) {
      const stored = await devices.get(tenant, id);
      if (!stored?.document.live) throw errors.UNKNOWN_DEVICE(id);
      return stored;
    },

    async templatesNamed(tenant, ids, count) {
      const names = [...new Set(ids.map(String))];
      const byId = new Map<string, TemplateDocument>();
      let weight = 0;
      for (let start = 0; start < names.length; start += templatesPerRead) {
        const found = await templates.find(tenant, { id: { $in: names.slice(start, start + templatesPerRead) } });
        for (const { document } of found) {
          byId.set(document.id, document);
          weight += weightOfTemplate(document);
        }
        refuseTooMuch(count, weight);
      }
      return ids.map((id) => {
        const template = byId.get(String(id));
        if (!template) throw errors.UNKNOWN_TEMPLATE(String(id));
        return template;
      });
    },

    async update(tenant, { document: before, revision }, content, used) {
      const document = { ...before, ...content, updated: now(), ...owing(before, 'update') };
      const stored = { document, revision: await devices.replace(tenant, document, revision) };
      directory.forget(tenant, document.id);
      await delivery.attempt(tenant, () => outbox.flush(tenant, [stored]));
      return shown(document, used);
    },
  };
}

/** Checks overrides, size and conflicts of devices that are to be alike; `deviceId` is for the sentence of a conflict. */
export function contentOf(
  request: DeviceRequest,
  templates: readonly TemplateDocument[],
  deviceId: string,
  devices = 1,
): DeviceContent {
  const overrides = readOverrides(request.attrs ?? [], templates);
  refuseTooMuch(devices, weightOf(templates, overrides));
  refuseConflicts(deviceId, templates);
  return withTemplates(request.label, templates, overrides);
}

export function withTemplates(
  label: string,
  templates: readonly TemplateDocument[],
  overrides: DeviceDocument['overrides'],
): DeviceContent {
  const numbers = templates.map(({ number }) => number);
  return { label, templates: numbers, overrides, ...deviceFacts(templates, overrides) };
}

export function shown(device: DeviceDocument, templates: readonly TemplateDocument[]): DeviceShape {
  return renderDevice(device, new Map(templates.map((template) => [template.number, template])));
}
