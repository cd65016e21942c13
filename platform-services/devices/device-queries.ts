/** Reading devices (contract devices-templates-ops §1.6). */
import type { DeviceShape, PaginationShape } from '../../contract/rest/device-shapes.ts';
import type { Collection, Filter } from '../kit/store/store.ts';
import type { DeviceDocument } from './documents.ts';
import { errors } from './errors.ts';
import { deviceFilter, sorting } from './filters.ts';
import { type Page, pagination, readInteger, readPage, window } from './pages.ts';
import type { TemplateReader } from './template-reader.ts';
import { renderDevice } from './wire.ts';

export interface DevicePage {
  readonly pagination: PaginationShape;
  readonly devices: DeviceShape[];
}

export interface DeviceQueries {
  /** `query` as in the URL: pagination, filters, `sortBy`; with `idsOnly` the bare ids of the page. */
  listDevices(tenant: string, query: URLSearchParams): Promise<DevicePage | string[]>;
  listDevicesOf(tenant: string, templateId: string, query: URLSearchParams): Promise<DevicePage>;
  getDevice(tenant: string, id: string): Promise<DeviceShape>;
}

export function deviceQueries(devices: Collection<DeviceDocument>, templates: TemplateReader): DeviceQueries {
  type Sort = ReturnType<typeof sorting>;

  async function find(tenant: string, filter: Filter, page: Page, sort: Sort): Promise<DeviceDocument[]> {
    const found = await devices.find(tenant, filter, { sort, ...window(page) });
    return found.map(({ document }) => document);
  }

  async function findPage(tenant: string, filter: Filter, page: Page, sort: Sort): Promise<DevicePage> {
    const [found, items] = await Promise.all([find(tenant, filter, page, sort), devices.count(tenant, filter)]);
    const known = await templates.of(tenant, found);
    return { pagination: pagination(page, items), devices: found.map((device) => renderDevice(device, known)) };
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
      const stored = await devices.get(tenant, id);
      if (!stored?.document.live) throw errors.UNKNOWN_DEVICE(id);
      return renderDevice(stored.document, await templates.of(tenant, [stored.document]));
    },
  };
}

function wantsIdsOnly(query: URLSearchParams): boolean {
  const text = query.get('idsOnly');
  return text !== null && ['true', '1', ''].includes(text.toLowerCase());
}
