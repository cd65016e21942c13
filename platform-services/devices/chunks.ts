/** Work on many devices in parts, so that neither memory nor the turns of other tenants depend on how many there are. */
import type { Collection, Condition, Scalar, Stored } from '../kit/store/store.ts';
import type { DeviceDocument } from './documents.ts';
import type { TemplateReader } from './template-reader.ts';
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
  /** Those in the store, by id. */
  matching(tenant: string, filter: Readonly<Record<string, Scalar | Condition>>): AsyncGenerator<Chunk>;
}

const mostDevices = 500;
const mostWeight = 10_000;
/** What is read first, while nothing is known of the size of the devices, and how much more may be read next. */
const firstPage = 20;
const growth = 5;

export function deviceChunks(devices: Collection<DeviceDocument>, templates: TemplateReader): DeviceChunks {
  async function* of(tenant: string, stored: readonly Stored<DeviceDocument>[]): AsyncGenerator<Chunk> {
    const known = await templates.of(
      tenant,
      stored.map(({ document }) => document),
    );
    for (const chunk of chunksOf(stored, known)) yield { stored: chunk, templates: known };
  }

  return {
    of,
    async *matching(tenant, filter) {
      let after = '';
      let limit = firstPage;
      for (;;) {
        const options = { sort: [{ field: 'id' }], limit };
        const page = await devices.find(tenant, { ...filter, id: { $gt: after } }, options);
        const last = page.at(-1);
        if (!last) return;
        let heaviest = 1;
        for await (const chunk of of(tenant, page)) {
          const weigh = scales(chunk.templates);
          heaviest = chunk.stored.reduce((most, { document }) => Math.max(most, weigh(document)), heaviest);
          yield chunk;
        }
        after = last.document.id;
        const fitting = Math.max(1, Math.floor(mostWeight / heaviest));
        limit = Math.min(mostDevices, limit * growth, fitting);
      }
    },
  };
}

/** A device that weighs more than a chunk may is one of its own. */
export function chunksOf(
  stored: readonly Stored<DeviceDocument>[],
  templates: TemplatesByNumber,
): Stored<DeviceDocument>[][] {
  const weigh = scales(templates);
  const chunks: Stored<DeviceDocument>[][] = [];
  let current: Stored<DeviceDocument>[] = [];
  let total = 0;
  for (const one of stored) {
    const weight = weigh(one.document);
    total += weight;
    if (current.length === 0 || current.length === mostDevices || total > mostWeight) {
      current = [];
      chunks.push(current);
      total = weight;
    }
    current.push(one);
  }
  return chunks;
}
