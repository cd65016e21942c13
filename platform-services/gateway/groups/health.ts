/** `GET /health`, in the words of the contract (auth-gateway-pki §4.1). */
import type { Clock } from '../../kit/clock.ts';
import type { RouteGroup } from '../../kit/http/route.ts';
import type { Log } from '../../kit/log.ts';
import type { Service } from '../../kit/service.ts';
import { ownGroup } from './own-group.ts';

export type HealthCheck = Pick<Service, 'name' | 'health'>;

/** Anybody may ask, so an answer is kept for this long: asking must not become work for the disk. */
const keptMs = 1000;
const patienceMs = 3000;

export function healthGroup(checks: readonly HealthCheck[], clock: Clock, log: Log): RouteGroup {
  let kept: { readonly asked: number; readonly ready: Promise<boolean> } | undefined;
  const ready = () => {
    const now = clock.now();
    if (!kept || now - kept.asked >= keptMs) kept = { asked: now, ready: allHealthy(checks, log) };
    return kept.ready;
  };
  return ownGroup('health', [
    {
      endpoint: {
        method: 'get',
        path: '/health',
        tag: 'platform',
        summary: 'Whether every part can do its work',
        responses: { 200: { description: 'SERVER_IS_READY' }, 500: { description: 'SERVER_IS_NOT_READY' } },
      },
      handler: async () =>
        (await ready()) ? { status: 200, body: 'SERVER_IS_READY' } : { status: 500, body: 'SERVER_IS_NOT_READY' },
    },
  ]);
}

async function allHealthy(checks: readonly HealthCheck[], log: Log): Promise<boolean> {
  const results = await Promise.all(checks.map((check) => isHealthy(check, log)));
  return results.every(Boolean);
}

async function isHealthy(check: HealthCheck, log: Log): Promise<boolean> {
  const patience = Promise.withResolvers<never>();
  const timer = setTimeout(() => patience.reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs).unref();
  try {
    await Promise.race([check.health(), patience.promise]);
    return true;
  } catch (error) {
    log.warn('a part is not healthy', { name: check.name, error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
