/** The form all of the gateway's own routes share. */
import type { Route, RouteGroup } from '../../kit/http/route.ts';
import { gatewayErrors, renderGatewayError } from '../errors.ts';

/** The largest body the gateway's own routes take, bytes. */
const bodyLimit = 16 * 1024;

/** It owns the first segments of its routes' paths. */
export function ownGroup(routes: readonly Route[]): RouteGroup {
  return {
    prefixes: [...new Set(routes.map(({ endpoint }) => endpoint.path.split('/')[1] ?? ''))],
    routes,
    bodyLimit,
    renderError: renderGatewayError,
    notFound: () => gatewayErrors.NOT_FOUND(),
    methodNotAllowed: () => gatewayErrors.METHOD_NOT_ALLOWED(),
    trailingSlash: 'accepted',
  };
}
