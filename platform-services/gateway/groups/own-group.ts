/** The form all of the gateway's own routes share. */
import type { Route, RouteGroup } from '../../kit/http/route.ts';
import { gatewayErrors, renderGatewayError } from '../errors.ts';

/** The largest body the gateway's own routes take, bytes. */
const bodyLimit = 16 * 1024;

export function ownGroup(prefix: string, routes: readonly Route[]): RouteGroup {
  return {
    prefixes: [prefix],
    routes,
    bodyLimit,
    renderError: renderGatewayError,
    notFound: () => gatewayErrors.NOT_FOUND(),
    methodNotAllowed: () => gatewayErrors.METHOD_NOT_ALLOWED(),
    trailingSlash: 'accepted',
  };
}
