import type { Collection } from '../kit/store/store.ts';
import type { DeviceDocument, TemplateDocument } from './documents.ts';
import type { TemplatesByNumber } from './wire.ts';

export interface TemplateReader {
  /** The templates of all these devices, with one read of the store. */
  of(tenant: string, devices: readonly Pick<DeviceDocument, 'templates'>[]): Promise<TemplatesByNumber>;
  /** Numbers of the templates that have one of these terms. */
  having(tenant: string, terms: readonly string[]): Promise<number[]>;
}

export function templateReader(templates: Collection<TemplateDocument>): TemplateReader {
  return {
    async of(tenant, devices) {
      const numbers = new Set(devices.flatMap((device) => device.templates));
      if (numbers.size === 0) return new Map();
      const found = await templates.find(tenant, { number: { $in: [...numbers] } });
      return new Map(found.map(({ document }) => [document.number, document]));
    },
    async having(tenant, terms) {
      return (await templates.ids(tenant, { terms: { $in: terms } })).map(Number);
    },
  };
}

/** The templates of one device, in its order. */
export function templatesOf(device: Pick<DeviceDocument, 'templates'>, known: TemplatesByNumber): TemplateDocument[] {
  return device.templates.flatMap((number) => known.get(number) ?? []);
}
