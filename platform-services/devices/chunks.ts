/** Work on many devices in parts, so that neither memory nor the turns of other tenants depend on how many there are. */
import type { Collection, Filter, FindOptions, Stored } from '../kit/store/store.ts';
import type { DeviceDocument } from './documents.ts';
import type { KeptTemplates, TemplateReader } from './template-reader.ts';
import { scales } from './weights.ts';
import type { TemplatesByNumber } from './wire.ts';

/** Devices for one write of the store and one publication, and their templates. */
export interface Chunk {
  readonly stored: readonly Stored<DeviceDocument>[];
  readonly templates: TemplatesByNumber;
}

export interface DeviceChunks {
  /** In order. */
  of(tenant: string, stored: readonly Stored<DeviceDocument>[]): AsyncGenerator<Chunk>;
  /** Those in the store; by id unless `options` say otherwise. */
  matching(tenant: string, filter: Filter, options?: FindOptions): AsyncGenerator<Chunk>;
}

/** What is written in one call of the store keeps every other tenant waiting. */
export const mostDevices = 500;
/** A device that weighs more is a chunk of its own. */
const mostWeight = 10_000;
/** Devices whose templates are read together: each may have others, and all of them are large. */
const devicesPerRead = 20;

export function deviceChunks(devices: Collection<DeviceDocument>, templates: TemplateReader): DeviceChunks {
  return {
    of: (tenant, stored) => inChunks(slices(stored, devicesPerRead), templates.keeping(tenant)),
    matching: (tenant, filter, options = { sort: [{ field: 'id' }] }) =>
      inChunks(groupsOf(devices.pages(tenant, filter, options)), templates.keeping(tenant)),
  };
}

/** `groups`: few enough devices to hold all their templates. */
export async function* inChunks(groups: Groups, kept: KeptTemplates): AsyncGenerator<Chunk> {
  let current: Stored<DeviceDocument>[] = [];
  let total = 0;
  for await (const group of groups) {
    const known = await kept.with(group.map(({ document }) => document));
    const weigh = scales(known);
    for (const one of group) {
      const weight = weigh(one.document);
      if (current.length > 0 && (current.length === mostDevices || total + weight > mostWeight)) {
        yield { stored: current, templates: known };
        current = [];
        total = 0;
      }
      current.push(one);
      total += weight;
    }
    kept.dropOthers(current.map(({ document }) => document));
  }
  if (current.length > 0) yield { stored: current, templates: kept.known() };
}

type Groups = Iterable<readonly Stored<DeviceDocument>[]> | AsyncIterable<readonly Stored<DeviceDocument>[]>;

async function* groupsOf(pages: AsyncIterable<Stored<DeviceDocument>[]>): AsyncGenerator<Stored<DeviceDocument>[]> {
  for await (const page of pages) yield* slices(page, devicesPerRead);
}

/** How many devices of this weight make a chunk. */
export function mostOfChunk(weight: number): number {
  return Math.max(1, Math.min(mostDevices, Math.floor(mostWeight / (1 + weight))));
}

/** Parts of a list, each with `size` elements but for the last. */
export function* slices<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
