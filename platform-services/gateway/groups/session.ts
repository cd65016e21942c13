/** `/session`: log-in and log-out of browsers. */
import { z } from 'zod';
import { editorRoot } from '../../../contract/editor.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Session, Sessions } from '../../kit/directory.ts';
import { isPlatformError } from '../../kit/errors.ts';
import { jsonBody } from '../../kit/http/json-body.ts';
import type { ApiRequest, ApiResponse, Endpoint, RouteGroup } from '../../kit/http/route.ts';
import { isSecure } from '../client-address.ts';
import { gatewayErrors } from '../errors.ts';
import { type LogOutNeeds, logOut } from '../log-out.ts';
import { isSameOrigin } from '../same-origin.ts';
import { sessionCookie, sessionOf } from '../session.ts';
import { ownGroup } from './own-group.ts';

export interface SessionNeeds extends LogOutNeeds {
  readonly clock: Clock;
}

const credentials = z.object({ username: z.string().min(1), passwd: z.string().min(1) });
const shown = z.object({ username: z.string(), tenant: z.string(), editor: z.string(), expires: z.number() });

export function sessionGroup(needs: SessionNeeds): RouteGroup {
  const { sessions, clock, trustProxy } = needs;
  const open = async (request: ApiRequest): Promise<ApiResponse> => {
    // A foreign page must not log a visitor in as somebody else.
    if (!isSameOrigin(request.headers, trustProxy)) throw gatewayErrors.CROSS_ORIGIN();
    const session = await logIn(request, sessions);
    const cookie = sessionCookie(session, clock.now(), isSecure(request.headers, trustProxy));
    return { status: 200, body: show(session), headers: { 'Set-Cookie': cookie } };
  };
  const look = async (request: ApiRequest): Promise<ApiResponse> => {
    const session = await sessionOf(request.headers, sessions);
    return session ? { status: 200, body: show(session) } : { status: 204 };
  };
  const close = async (request: ApiRequest): Promise<ApiResponse> => ({
    status: 204,
    headers: await logOut(request.headers, needs),
  });
  return ownGroup([
    { endpoint: openEndpoint, handler: open },
    { endpoint: lookEndpoint, handler: look },
    { endpoint: closeEndpoint, handler: close },
  ]);
}

/** The log-in page tells no difference between a wrong name and a wrong password; too many attempts stay a 429. */
async function logIn(request: ApiRequest, sessions: Sessions): Promise<Session> {
  const read = credentials.safeParse(jsonBody(request, gatewayErrors.INVALID_LOG_IN));
  if (!read.success) throw gatewayErrors.INVALID_LOG_IN();
  const { username, passwd } = read.data;
  try {
    return await sessions.open(username, passwd, request.clientAddress);
  } catch (error) {
    if (isPlatformError(error) && (error.status === 401 || error.status === 403)) throw gatewayErrors.WRONG_LOG_IN();
    throw error;
  }
}

function show({ identity, expires }: Session): z.infer<typeof shown> {
  return { username: identity.username, tenant: identity.tenant, editor: `${editorRoot(identity.tenant)}/`, expires };
}

const openEndpoint: Endpoint = {
  method: 'post',
  path: '/session',
  tag: 'session',
  summary: 'Log a browser in: sets the session cookie',
  body: credentials,
  responses: {
    200: { description: 'Logged in', body: shown },
    401: { description: 'Wrong name or password' },
    429: { description: 'Too many attempts' },
  },
};
const lookEndpoint: Endpoint = {
  method: 'get',
  path: '/session',
  tag: 'session',
  summary: 'Who is logged in',
  responses: { 200: { description: 'The session', body: shown }, 204: { description: 'Nobody' } },
};
const closeEndpoint: Endpoint = {
  method: 'delete',
  path: '/session',
  tag: 'session',
  summary: 'Log the browser out',
  responses: { 204: { description: 'Logged out' } },
};
