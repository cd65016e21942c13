/** Who sends a request to the API (contract auth-gateway-pki §2.5, §2.7). */
import type { IncomingMessage } from 'node:http';
import type { Sessions, TokenVerifier } from '../kit/directory.ts';
import type { Identity } from '../kit/http/route.ts';
import { gatewayErrors } from './errors.ts';
import { isNotForeign, isSameOrigin } from './same-origin.ts';
import { sessionToken } from './session.ts';

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export type Identify = (request: IncomingMessage, queryTokens: readonly string[]) => Promise<Identity>;

/**
 * The token comes from the query parameter `jwt`, else from `Authorization: Bearer`, else, for our own pages only, from the
 * session cookie. Throws the 401s of §2.7, and `CROSS_ORIGIN` for a cookie that another site makes
 * the browser send; what a token is worth is the verifier's word.
 */
export function identification(tokens: TokenVerifier, sessions: Sessions, trustProxy: boolean): Identify {
  return async (request, queryTokens) => {
    if (queryTokens.length > 1) throw gatewayErrors.MULTIPLE_TOKENS();
    const token = queryTokens[0] || headerToken(request);
    if (token) return tokens.verify(token);
    const cookie = cookieToken(request, trustProxy);
    if (cookie === undefined) throw gatewayErrors.UNAUTHORIZED();
    return (await sessions.read(cookie)).identity;
  };
}

function headerToken(request: IncomingMessage): string | undefined {
  return /^\s*[Bb]earer\s+(\S+)\s*$/.exec(request.headers.authorization ?? '')?.[1];
}

/** A request with an Authorization header is a program's, not a page's: its cookie does not speak for it. */
function cookieToken(request: IncomingMessage, trustProxy: boolean): string | undefined {
  if (request.headers.authorization !== undefined) return undefined;
  const token = sessionToken(request.headers);
  const isAllowed = readingMethods.has(request.method ?? '') ? isNotForeign : isSameOrigin;
  // Not 401: our own pages log out at that.
  if (token !== undefined && !isAllowed(request.headers, trustProxy)) throw gatewayErrors.CROSS_ORIGIN();
  return token;
}
