/** From request to the handler of a route group and back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApiResponse, type Identity, isPieces, type RouteGroup } from '../kit/http/route.ts';
import type { Log } from '../kit/log.ts';
import type { BodyBudget } from './body-budget.ts';
import { clientAddress } from './client-address.ts';
import { gatewayErrors, renderGatewayError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { Identify } from './identify.ts';
import { readBody } from './request-body.ts';
import { requestIdOf } from './request-id.ts';
import type { Found, RouteTable } from './route-table.ts';
import { send } from './send.ts';
import { sendPieces } from './send-pieces.ts';
import { parseTarget, type Target } from './target.ts';

export interface ApiNeeds {
  readonly table: RouteTable;
  readonly identify: Identify;
  readonly trustProxy: boolean;
  readonly log: Log;
  /** Strangers have one of their own, so that they take no room from who has a token. */
  readonly bodies: { readonly ofTenants: BodyBudget; readonly ofStrangers: BodyBudget };
}

/** Who asks in public groups: nobody. */
const nobody: Identity = { tenant: '', username: '', userId: 0 };

export type ApiDispatcher = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Order: path, owner, identity, route, body, handler; so that unknown paths of a protected group need a token too. */
export function apiDispatcher(needs: ApiNeeds): ApiDispatcher {
  return async (request, response) => {
    let render: RouteGroup['renderError'] = renderGatewayError;
    const { accept } = request.headers;
    let answer: ApiResponse;
    try {
      const target = parseTarget(request.url ?? '/');
      const found = needs.table.find(request.method ?? 'GET', target.segments);
      if (!found) throw gatewayErrors.NOT_FOUND();
      const identity = found.open ? nobody : await needs.identify(request, target.tokens);
      render = found.group.renderError;
      answer = await answerOf(found, target, identity, request, response, needs);
      if (isPieces(answer.body)) {
        await sendPieces(request, response, answer, answer.body);
        return;
      }
    } catch (error) {
      const known = failureOf(error, request, needs.log);
      // Half an answer is sent: only a broken connection can tell the client that the rest does not come.
      if (response.headersSent) response.destroy();
      const rendered = render(known, accept);
      answer = known.code === 'INTERNAL' ? withRequestId(rendered, requestIdOf(request)) : rendered;
    }
    send(request, response, answer);
  };
}

async function answerOf(
  found: Found,
  target: Target,
  identity: Identity,
  request: IncomingMessage,
  response: ServerResponse,
  { trustProxy, bodies }: ApiNeeds,
): Promise<ApiResponse> {
  const { group, route, params, allowed } = found;
  if (!route) return withoutRoute(found, target.path, request, allowed);
  const address = clientAddress(request, trustProxy);
  const share = found.open ? bodies.ofStrangers.open(address) : bodies.ofTenants.open(identity.tenant);
  try {
    return await route.handler({
      identity,
      method: request.method ?? 'GET',
      params,
      query: target.query,
      rawQuery: target.rawQuery,
      headers: request.headers,
      clientAddress: address,
      body: await readBody(request, response, group.bodyLimit, share),
      requestId: requestIdOf(request),
    });
  } finally {
    share.close();
  }
}

function withoutRoute(
  { group }: Found,
  path: string,
  { method, headers }: IncomingMessage,
  allowed: readonly string[],
): ApiResponse {
  if (allowed.length === 0) throw group.notFound(path);
  if (method === 'OPTIONS') return { status: 204, headers: { Allow: allowed.join(', ') } };
  if (!group.methodNotAllowed) throw group.notFound(path);
  const answer = group.renderError(group.methodNotAllowed(path, allowed), headers.accept);
  return { ...answer, headers: { ...answer.headers, Allow: allowed.join(', ') } };
}

function withRequestId(answer: ApiResponse, requestId: string): ApiResponse {
  if (typeof answer.body !== 'object' || answer.body === null) return answer;
  return { ...answer, body: { ...answer.body, requestId } };
}
