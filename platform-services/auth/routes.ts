/** HTTP of log-in. These routes need no token: the gateway mounts them as they are. */
import { authEndpoints, logInBody } from '../../contract/rest/auth.ts';
import { isPlatformError } from '../kit/errors.ts';
import { hasJsonType, jsonBody } from '../kit/http/json-body.ts';
import type { ApiRequest, ApiResponse, RouteGroup } from '../kit/http/route.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { errors, renderError } from './errors.ts';
import { limitKeys } from './log-in.ts';

/** Resolves to a token. */
export type LogIn = (username: string, password: string, clientAddress: string) => Promise<string>;

export function publicRoutes(logIn: LogIn, limits: AttemptLimits): RouteGroup {
  return {
    prefixes: ['auth'],
    routes: [
      { endpoint: authEndpoints.logIn, handler: (request) => handleLogIn(request, logIn, limits) },
      ...authEndpoints.revoke.map((endpoint) => ({
        endpoint,
        handler: async () => {
          throw errors.NOT_AUTHORIZED();
        },
      })),
    ],
    bodyLimit: 64 * 1024,
    renderError,
    notFound: () => errors.NOT_FOUND(),
    methodNotAllowed: () => errors.METHOD_NOT_ALLOWED(),
    trailingSlash: 'accepted',
  };
}

async function handleLogIn(request: ApiRequest, logIn: LogIn, limits: AttemptLimits): Promise<ApiResponse> {
  const { username, password } = readCredentials(request);
  const { clientAddress } = request;
  const answer = await logIn(username, password, clientAddress).then(
    (jwt): ApiResponse => ({ status: 200, body: { jwt } }),
    (error: unknown): ApiResponse => {
      if (isPlatformError(error)) return renderError(error);
      throw error;
    },
  );
  return { ...answer, headers: { ...answer.headers, ...limits.headers(limitKeys(username, clientAddress)) } };
}

function readCredentials(request: ApiRequest): { username: string; password: string } {
  if (!hasJsonType(request)) throw errors.INVALID_MIMETYPE();
  const credentials = logInBody.safeParse(jsonBody(request, errors.INVALID_JSON));
  if (!credentials.success) throw errors.INVALID_BODY();
  const { username, passwd: password } = credentials.data;
  if (username === undefined) throw errors.MISSING_USERNAME();
  if (password === undefined) throw errors.MISSING_PASSWORD();
  return { username, password };
}
