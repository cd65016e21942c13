/** Reading devices (contract devices-templates-ops §1.6). */
import type { DeviceShape, PaginationShape } from '../../contract/rest/device-shapes.ts';
import type { Collection, Filter } from '../kit/store/store.ts';
import type { DeviceChunks } from './chunks.ts';
import type { DeviceDocument } from './documents.ts';
import { errors } from './errors.ts';
import { deviceFilter, sorting } from './filters.ts';
import { type Page, pagination, readInteger, readPage, window } from './pages.ts';
import type { TemplateReader } from './template-reader.ts';
import { renderDevice } from './wire.ts';

export interface DevicePage {
  readonly pagination: PaginationShape;
  /** Read when they are asked for. */
  readonly devices: AsyncIterable<DeviceShape>;
}

export interface DeviceQueries {
  /** `query` as in the URL: pagination, filters, `sortBy`; with `idsOnly` the bare ids of the page. */
  listDevices(tenant: string, query: URLSearchParams): Promise<DevicePage | string[]>;
  listDevicesOf(tenant: string, templateId: string, query: URLSearchParams): Promise<DevicePage>;
  getDevice(tenant: string, id: string): Promise<DeviceShape>;
  /** Labels of what the device can be commanded to do. */
  actuatorsOf(tenant: string, id: string): Promise<ReadonlySet<string>>;
}

interface Needs {
  readonly devices: Collection<DeviceDocument>;
  readonly templates: TemplateReader;
  readonly chunks: DeviceChunks;
}

export function deviceQueries({ devices, templates, chunks }: Needs): DeviceQueries {
  type Sort = ReturnType<typeof sorting>;

  async function* shapes(tenant: string, filter: Filter, page: Page, sort: Sort): AsyncGenerator<DeviceShape> {
    for await (const { stored, templates: known } of chunks.matching(tenant, filter, { sort, ...window(page) })) {
      for (const { document } of stored) yield renderDevice(document, known);
    }
  }

  async function findPage(tenant: string, filter: Filter, page: Page, sort: Sort): Promise<DevicePage> {
    const items = await devices.count(tenant, filter);
    return { pagination: pagination(page, items), devices: shapes(tenant, filter, page, sort) };
  }

  async function existing(tenant: string, id: string): Promise<DeviceDocument> {
    const stored = await devices.get(tenant, id);
    if (!stored?.document.live) throw errors.UNKNOWN_DEVICE(id);
    return stored.document;
  }

  return {
    async listDevices(tenant, query) {
      const page = readPage(query);
      const filter = await deviceFilter(query, (term) => templates.having(tenant, [term]));
      const sort = sorting(query, 'id');
      if (!wantsIdsOnly(query)) return findPage(tenant, filter, page, sort);
      return devices.ids(tenant, filter, { sort, ...window(page) });
    },

    listDevicesOf(tenant, templateId, query) {
      const number = readInteger(templateId, () => errors.UNKNOWN_TEMPLATE(templateId));
      return findPage(tenant, { live: true, templates: number }, readPage(query), [{ field: 'id' }]);
    },

    async getDevice(tenant, id) {
      const device = await existing(tenant, id);
      return renderDevice(device, await templates.of(tenant, [device]));
    },

    async actuatorsOf(tenant, id) {
      const device = await existing(tenant, id);
      const known = await templates.of(tenant, [device]);
      const attributes = [...known.values()].flatMap((template) => template.attributes);
      return new Set(attributes.filter(({ type }) => type === 'actuator').map(({ label }) => label));
    },
  };
}

function wantsIdsOnly(query: URLSearchParams): boolean {
  const text = query.get('idsOnly');
  return text !== null && ['true', '1', ''].includes(text.toLowerCase());
}
