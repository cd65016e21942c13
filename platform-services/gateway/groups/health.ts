/** `GET /health`, `/ready` and `/live`, in the words of the contract (auth-gateway-pki §4.1). */
import type { Clock } from '../../kit/clock.ts';
import type { ApiResponse, Route, RouteGroup } from '../../kit/http/route.ts';
import type { Log } from '../../kit/log.ts';
import type { Service } from '../../kit/service.ts';
import { ownGroup } from './own-group.ts';

export type HealthCheck = Pick<Service, 'name' | 'health'>;

interface HealthNeeds {
  readonly checks: readonly HealthCheck[];
  /** Whether the gateway is being stopped. */
  readonly isStopping: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Anybody may ask, so an answer is kept for this long: asking must not become work for the disk. */
const keptMs = 1000;
const patienceMs = 3000;

export function healthGroup({ checks, isStopping, clock, log }: HealthNeeds): RouteGroup {
  let kept: { readonly asked: number; readonly ready: Promise<boolean> } | undefined;
  const ready = () => {
    const now = clock.now();
    if (!kept || now - kept.asked >= keptMs) kept = { asked: now, ready: allHealthy(checks, log) };
    return kept.ready;
  };
  const health = async (): Promise<ApiResponse> => {
    if (isStopping()) return stopping;
    return (await ready()) ? { status: 200, body: 'SERVER_IS_READY' } : notReady;
  };
  const readiness = async (): Promise<ApiResponse> => (isStopping() ? notReady : health());
  const life = async (): Promise<ApiResponse> =>
    isStopping() ? stopping : { status: 200, body: 'SERVER_IS_NOT_SHUTTING_DOWN' };
  return ownGroup([
    route('/health', 'Whether every part can do its work', ['SERVER_IS_READY', `${unready} or ${ending}`], health),
    route('/ready', 'Whether requests may be sent here', ['SERVER_IS_READY', unready], readiness),
    route('/live', 'Whether it runs and is not being stopped', ['SERVER_IS_NOT_SHUTTING_DOWN', ending], life),
  ]);
}

const unready = 'SERVER_IS_NOT_READY';
const ending = 'SERVER_IS_SHUTTING_DOWN';
const notReady: ApiResponse = { status: 500, body: unready };
const stopping: ApiResponse = { status: 500, body: ending };

function route(
  path: string,
  summary: string,
  [well, unwell]: readonly [string, string],
  handler: () => Promise<ApiResponse>,
): Route {
  const responses = { 200: { description: well }, 500: { description: unwell } };
  return { endpoint: { method: 'get', path, tag: 'platform', summary, responses }, handler };
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
