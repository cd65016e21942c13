/** `GET /openapi.json`, made from the endpoints of every group. */
import { openApi } from '../../../contract/openapi.ts';
import type { RouteGroup } from '../../kit/http/route.ts';
import { ownGroup } from './own-group.ts';

/** `open` groups need no token. The document is made once. */
export function openApiGroup(groups: readonly RouteGroup[], open: readonly RouteGroup[]): RouteGroup {
  const endpointsOf = (group: RouteGroup) => group.routes.map(({ endpoint }) => endpoint);
  const document = openApi([
    ...groups.flatMap(endpointsOf),
    ...open.flatMap(endpointsOf).map((endpoint) => ({ ...endpoint, open: true })),
  ]);
  return ownGroup('openapi.json', [
    {
      endpoint: {
        method: 'get',
        path: '/openapi.json',
        tag: 'platform',
        summary: 'This description',
        responses: { 200: { description: 'OpenAPI 3.1 document' } },
      },
      handler: async () => ({ status: 200, body: document }),
    },
  ]);
}
