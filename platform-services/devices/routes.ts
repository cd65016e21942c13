/** HTTP of templates and devices: from request to operation, from result to body. */
import { deviceEndpoints, largestBatch, templateEndpoints } from '../../contract/rest/devices.ts';
import {
  type ApiRequest,
  type ApiResponse,
  isPieces,
  type Pieces,
  type Route,
  type RouteGroup,
} from '../kit/http/route.ts';
import type { Actuate } from './actuation.ts';
import type { DeviceCreation } from './device-creation.ts';
import type { DevicePage, DeviceQueries } from './device-queries.ts';
import type { DeviceOperations } from './devices.ts';
import { errors, renderError } from './errors.ts';
import { listing } from './listing.ts';
import { readInteger } from './pages.ts';
import { readAnyJson, readJson } from './parse.ts';
import { readAttrFormat, type TemplateOperations } from './templates.ts';

export interface Operations extends TemplateOperations, DeviceOperations, DeviceQueries, DeviceCreation {
  readonly actuate: Actuate;
}

const ok = { result: 'ok' };
const json = { 'Content-Type': 'application/json; charset=utf-8' };

export function deviceRoutes(operations: Operations): RouteGroup {
  return {
    prefixes: ['device', 'template'],
    routes: [...templateRoutes(operations), ...routesOfDevices(operations)],
    bodyLimit: 5 * 1024 * 1024,
    renderError,
    notFound: () => errors.UNKNOWN_PATH(),
    trailingSlash: 'unknown-path',
  };
}

function templateRoutes(operations: TemplateOperations): Route[] {
  const { list, create, get, update, remove, removeAll } = templateEndpoints;
  return [
    route(list, async ({ tenant, query }) => {
      const { pagination, templates } = await operations.listTemplates(tenant, query);
      return listing({ pagination }, 'templates', templates);
    }),
    route(create, async ({ tenant, request }) => {
      return { result: 'ok', template: await operations.createTemplate(tenant, readJson(request)) };
    }),
    route(removeAll, async ({ tenant }) => listing(ok, 'removed', operations.removeAllTemplates(tenant))),
    route(get, ({ tenant, id, query }) => operations.getTemplate(tenant, id, readAttrFormat(query))),
    route(update, async ({ tenant, id, request }) => {
      // An unknown template is said before a body that is no JSON (contract devices-templates-ops §1.5).
      await operations.getTemplate(tenant, id);
      return { result: 'ok', updated: await operations.updateTemplate(tenant, id, readJson(request)) };
    }),
    route(remove, async ({ tenant, id }) => ({ result: 'ok', removed: await operations.removeTemplate(tenant, id) })),
  ];
}

function routesOfDevices(operations: Operations): Route[] {
  const { list, create, removeAll, ofTemplate, get, update, remove, actuate, addTemplate, dropTemplate } =
    deviceEndpoints;
  return [
    route(list, async ({ tenant, query }) => {
      const found = await operations.listDevices(tenant, query);
      return Array.isArray(found) ? found : devicePage(found);
    }),
    route(create, (call) => createDevices(operations, call)),
    route(removeAll, async ({ tenant }) => listing(ok, 'removed_devices', operations.removeAllDevices(tenant))),
    route(ofTemplate, async ({ tenant, templateId, query }) => {
      return devicePage(await operations.listDevicesOf(tenant, templateId, query));
    }),
    route(get, ({ tenant, id }) => operations.getDevice(tenant, id)),
    route(update, async ({ tenant, id, request }) => {
      return updated(await operations.updateDevice(tenant, id, readJson(request)));
    }),
    route(remove, async ({ tenant, id }) => {
      return { result: 'ok', removed_device: await operations.removeDevice(tenant, id) };
    }),
    route(actuate, async ({ tenant, id, request }) => {
      await operations.actuate(tenant, id, readAnyJson(request.body));
      const status = 'configuration sent to device';
      // The key with the space is the one existing clients read.
      return { ' status': status, status };
    }),
    route(addTemplate, async ({ tenant, id, templateId }) => {
      return updated(await operations.addTemplate(tenant, id, templateId));
    }),
    route(dropTemplate, async ({ tenant, id, templateId }) => {
      return updated(await operations.dropTemplate(tenant, id, templateId));
    }),
  ];
}

interface Call {
  readonly tenant: string;
  readonly id: string;
  readonly templateId: string;
  readonly query: URLSearchParams;
  readonly request: ApiRequest;
}

function route(endpoint: Route['endpoint'], answer: (call: Call) => Promise<unknown>): Route {
  return {
    endpoint,
    async handler(request): Promise<ApiResponse> {
      const { identity, params, query } = request;
      const { id = '', template_id: templateId = '' } = params;
      const body = await answer({ tenant: identity.tenant, id, templateId, query, request });
      return isPieces(body) ? { status: 200, body, headers: json } : { status: 200, body };
    },
  };
}

async function createDevices(operations: DeviceCreation, { tenant, query, request }: Call): Promise<unknown> {
  const count = readInteger(query.get('count') ?? '1', errors.COUNT_NOT_INTEGER);
  if (count < 1 || count > largestBatch) throw errors.COUNT_OUT_OF_RANGE(String(largestBatch));
  const verbose = ['true', 'True', '1'].includes(query.get('verbose') ?? 'false');
  if (verbose && count !== 1) throw errors.VERBOSE_BATCH();
  const body = readJson(request);
  if (verbose) return { message: 'device created', devices: [await operations.createDevice(tenant, body)] };
  return { message: 'devices created', devices: await operations.createDevices(tenant, body, count) };
}

function devicePage({ pagination, devices }: DevicePage): Pieces {
  return listing({ pagination }, 'devices', devices);
}

function updated(device: unknown): unknown {
  return { message: 'device updated', device };
}
