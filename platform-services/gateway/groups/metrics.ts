/** `GET /metrics` in Prometheus form, for administrators of the first tenant only: it speaks of all tenants. */
import type { RouteGroup } from '../../kit/http/route.ts';
import type { Metrics } from '../../kit/metrics.ts';
import { gatewayErrors } from '../errors.ts';
import { ownGroup } from './own-group.ts';

const adminTenant = 'admin';

export function metricsGroup(metrics: Metrics): RouteGroup {
  return ownGroup([
    {
      endpoint: {
        method: 'get',
        path: '/metrics',
        tag: 'platform',
        summary: 'Counters and gauges in Prometheus form',
        responses: { 200: { description: 'Exposition text' }, 403: { description: 'Not a user of the tenant admin' } },
      },
      handler: async ({ identity }) => {
        if (identity.tenant !== adminTenant) throw gatewayErrors.FORBIDDEN();
        const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
        return { status: 200, body: await metrics.text(), headers };
      },
    },
  ]);
}
