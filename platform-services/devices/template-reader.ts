import type { Collection } from '../kit/store/store.ts';
import type { DeviceDocument, TemplateDocument } from './documents.ts';
import { weightOfTemplate } from './weights.ts';
import type { TemplatesByNumber } from './wire.ts';

type Devices = readonly Pick<DeviceDocument, 'templates'>[];

export interface TemplateReader {
  /** The templates of all these devices, with one read of the store. */
  of(tenant: string, devices: Devices): Promise<TemplatesByNumber>;
  /** The same for many devices one after another, of which most have templates in common. */
  keeping(tenant: string): KeptTemplates;
  /** Numbers of the templates that have one of these terms. */
  having(tenant: string, terms: readonly string[]): Promise<number[]>;
}

export interface KeptTemplates {
  /** Reads the templates of these devices that are not known yet; resolves to all that are known. */
  with(devices: Devices): Promise<TemplatesByNumber>;
  known(): TemplatesByNumber;
  /** Forgets those of other devices when all have become much to hold. */
  dropOthers(devices: Devices): void;
}

/** Weight (`weights.ts`) of templates that may be kept: some tens of megabytes. */
const mostKept = 50_000;

export function templateReader(templates: Collection<TemplateDocument>): TemplateReader {
  async function read(tenant: string, numbers: readonly number[]): Promise<TemplateDocument[]> {
    if (numbers.length === 0) return [];
    return (await templates.find(tenant, { number: { $in: numbers } })).map(({ document }) => document);
  }

  return {
    async of(tenant, devices) {
      return byNumber(await read(tenant, [...numbersOf(devices)]));
    },
    keeping(tenant) {
      let known = new Map<number, TemplateDocument>();
      let weight = 0;
      return {
        async with(devices) {
          const missing = [...numbersOf(devices)].filter((number) => !known.has(number));
          for (const template of await read(tenant, missing)) {
            known.set(template.number, template);
            weight += weightOfTemplate(template);
          }
          return known;
        },
        known: () => known,
        dropOthers(devices) {
          if (weight <= mostKept) return;
          const used = [...numbersOf(devices)].flatMap((number) => known.get(number) ?? []);
          // A map of its own: the one that was given out goes on with all.
          known = byNumber(used);
          weight = used.reduce((total, template) => total + weightOfTemplate(template), 0);
        },
      };
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

function numbersOf(devices: Devices): ReadonlySet<number> {
  return new Set(devices.flatMap((device) => device.templates));
}

function byNumber(templates: readonly TemplateDocument[]): Map<number, TemplateDocument> {
  return new Map(templates.map((template) => [template.number, template]));
}
