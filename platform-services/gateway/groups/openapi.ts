/** `GET /openapi.json`, made from the endpoints of every group. */
import { createHash } from 'node:crypto';
import { openApi } from '../../../contract/openapi.ts';
import type { ApiRequest, RouteGroup } from '../../kit/http/route.ts';
import { ownGroup } from './own-group.ts';

/** `open` groups need no token. The document is made and written once. */
export function openApiGroup(groups: readonly RouteGroup[], open: readonly RouteGroup[]): RouteGroup {
  const endpointsOf = (group: RouteGroup) => group.routes.map(({ endpoint }) => endpoint);
  const document = openApi([
    ...groups.flatMap(endpointsOf),
    ...open.flatMap(endpointsOf).map((endpoint) => ({ ...endpoint, open: true })),
  ]);
  const text = JSON.stringify(document);
  // Weak: it is the same whatever compression it is sent with (RFC 9110 §8.8.1).
  const tag = `W/"${createHash('sha256').update(text).digest('base64url')}"`;
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache', ETag: tag };
  return ownGroup([
    {
      endpoint: {
        method: 'get',
        path: '/openapi.json',
        tag: 'platform',
        summary: 'This description',
        responses: { 200: { description: 'OpenAPI 3.1 document' }, 304: { description: 'The one of `If-None-Match`' } },
      },
      handler: async (request) =>
        isKnown(request, tag) ? { status: 304, headers } : { status: 200, body: text, headers },
    },
  ]);
}

/** RFC 9110 §13.1.2 */
function isKnown({ headers }: ApiRequest, tag: string): boolean {
  const known = [headers['if-none-match'] ?? []].flat().join(',').split(',');
  return known.some((sent) => sent.trim() === tag || sent.trim() === '*');
}
