/** The flow REST API of dojot 0.8 (contract flows-and-nodes §1, §2). */
import { flowEndpoints } from '../../contract/rest/flows.ts';
import type { ApiRequest, ApiResponse, Endpoint, Route, RouteGroup } from '../../platform-services/kit/http/route.ts';
import type { FlowStore } from '../flow-store/flow-store.ts';
import type { NodeCounters } from '../protocol/messages.ts';
import { asFailure, errors, renderError, unknownFlow } from './errors.ts';
import { allFlows, nodeCounters, oneFlow } from './flow-answers.ts';
import { readFlowChange, readNewFlow } from './flow-bodies.ts';

interface Needs {
  readonly flows: FlowStore;
  /** What each node of a tenant did, by its id in the editor; nothing when no process runs. */
  readonly counters: (tenant: string) => ReadonlyMap<string, NodeCounters>;
}

/** Owns `/flows/v1/…` and, as behind dojot's gateway, the same paths without `/flows`. */
export function flowApi(needs: Needs): RouteGroup {
  const routes = flowRoutes(needs);
  return {
    prefixes: ['flows', 'v1'],
    routes: [...routes, ...routes.map(withoutPrefix)],
    bodyLimit: 16 * 1024 * 1024,
    renderError,
    notFound: (path) => errors.UNKNOWN_PATH(path),
  };
}

function flowRoutes({ flows, counters }: Needs): Route[] {
  const { list, create, removeAll, get, counters: count, update, remove } = flowEndpoints;
  return [
    route(list, 'Failed to list flows', async ({ tenant }) => allFlows(await flows.list(tenant))),
    route(create, 'failed to create flow', async ({ tenant, author, body }) =>
      oneFlow('ok', await flows.create(tenant, readNewFlow(body), author)),
    ),
    route(removeAll, 'failed to remove flows', async ({ tenant, author }) => {
      await flows.removeAll(tenant, author);
      return { status: 200, body: { message: 'All flows removed' } };
    }),
    route(get, 'Failed to get flow', async ({ tenant, id }) => oneFlow('ok', known(id, await flows.get(tenant, id)))),
    route(count, 'Failed to count', async ({ tenant, id }) =>
      nodeCounters(known(id, await flows.nodes(tenant, id)), counters(tenant)),
    ),
    route(update, 'Failed to update flows', async ({ tenant, author, id, body }) => {
      // An unknown flow is said before a body that is no flow.
      known(id, await flows.get(tenant, id));
      return oneFlow('ok', known(id, await flows.update(tenant, id, readFlowChange(body), author)));
    }),
    route(remove, 'Failed to remove flow', async ({ tenant, author, id }) =>
      oneFlow('flow removed', known(id, await flows.remove(tenant, id, author))),
    ),
  ];
}

interface Call {
  readonly tenant: string;
  readonly author: string;
  /** `{id}` of the path. */
  readonly id: string;
  readonly body: Buffer;
}

/** `failure`: what the contract says when the operation fails on our side. */
function route(endpoint: Endpoint, failure: string, operation: (call: Call) => Promise<ApiResponse>): Route {
  return {
    endpoint,
    handler: async (request) => {
      try {
        return await operation(callOf(request));
      } catch (error) {
        throw asFailure(error, failure);
      }
    },
  };
}

function callOf({ identity, params, body }: ApiRequest): Call {
  if (identity.tenant === '') throw errors.INVALID_TENANT();
  return { tenant: identity.tenant, author: identity.username, id: params.id ?? '', body };
}

function known<T>(id: string, flow: T | undefined): T {
  if (flow === undefined) throw unknownFlow(id);
  return flow;
}

function withoutPrefix({ endpoint, handler }: Route): Route {
  const path = endpoint.path.replace(/^\/flows/, '');
  return { endpoint: { ...endpoint, path, summary: `${endpoint.summary} Same as \`${endpoint.path}\`.` }, handler };
}
