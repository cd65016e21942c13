/** The platform's one public HTTP door: log-in page, editor, REST API, its description, health and metrics. */
import type { AddressInfo } from 'node:net';
import type { Clock } from '../kit/clock.ts';
import type { EditorHost, Sessions, TokenVerifier } from '../kit/directory.ts';
import type { RouteGroup } from '../kit/http/route.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import { apiDispatcher } from './api.ts';
import { gatewayApp } from './app.ts';
import { bodyBudget } from './body-budget.ts';
import { consolePages, readWaitingPage } from './console.ts';
import { editorConnections } from './editor/connections.ts';
import { editorProxy } from './editor/editor.ts';
import { isEditorSocket, websocketUpgrade } from './editor/websocket.ts';
import { type HealthCheck, healthGroup } from './groups/health.ts';
import { metricsGroup } from './groups/metrics.ts';
import { openApiGroup } from './groups/openapi.ts';
import { sessionGroup } from './groups/session.ts';
import { identification } from './identify.ts';
import { requestChecks } from './request-checks.ts';
import { routeTable } from './route-table.ts';
import { type GatewayServer, gatewayServer } from './server.ts';

export interface GatewayNeeds {
  /** Reached with a token. */
  readonly groups: readonly RouteGroup[];
  /** Reached without one; their handlers get an empty identity. */
  readonly publicGroups: readonly RouteGroup[];
  readonly tokens: TokenVerifier;
  readonly sessions: Sessions;
  readonly editors: EditorHost;
  /** The parts `/health` speaks for. */
  readonly healthChecks: readonly HealthCheck[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: {
    readonly host: string;
    /** 0 = any free port. */
    readonly port: number;
    /** Whether `X-Forwarded-For`, `-Proto` and `-Host` are believed. */
    readonly trustProxy: boolean;
    /** Names of hosts, beside those of the loopback, under which it answers; undefined = any. */
    readonly hostNames: readonly string[] | undefined;
    /** Folder of the console's pages. */
    readonly consoleFolder: string;
  };
}

export interface Gateway extends Service {
  /** Where it listens, after `start`. */
  address(): AddressInfo;
}

/** How often ended sessions are looked for among the open editors, ms. */
const sessionCheckMs = 1000;
/** Bodies of requests in memory at the same time, bytes. */
const bodiesOfTenants = 128 * 1024 * 1024;
const bodiesOfStrangers = 16 * 1024 * 1024;

export function gateway(needs: GatewayNeeds): Gateway {
  const log = needs.log.part('gateway');
  const { trustProxy, consoleFolder, host, hostNames, port } = needs.options;
  const { tokens, sessions, editors, clock, metrics } = needs;
  const connections = editorConnections(editors);
  metrics.gauge('dojot_gateway_editor_connections', 'Open editor websockets', connections.count);

  const check = requestChecks(hostNames, trustProxy);
  const bodies = { ofTenants: bodyBudget(bodiesOfTenants), ofStrangers: bodyBudget(bodiesOfStrangers) };

  let isStopping = false;

  const groups = [...needs.groups, metricsGroup(metrics)];
  const open = [
    ...needs.publicGroups,
    healthGroup({ checks: needs.healthChecks, isStopping: () => isStopping, clock, log }),
    sessionGroup({ sessions, connections, clock, trustProxy }),
  ];
  const table = routeTable(groups, [...open, openApiGroup(groups, open)]);
  const api = apiDispatcher({ table, identify: identification(tokens, sessions, trustProxy), trustProxy, log, bodies });

  let server: GatewayServer | undefined;
  let sessionCheck: NodeJS.Timeout | undefined;
  return {
    name: 'gateway',
    async start() {
      const editor = editorProxy({
        ...{ sessions, editors, connections, clock, log, trustProxy, bodies: bodies.ofTenants },
        waitingPage: await readWaitingPage(consoleFolder),
      });
      const app = gatewayApp({ pages: consolePages(consoleFolder, sessions), editor, api, check, metrics, log });
      const upgrade = websocketUpgrade({ check, sessions, editors, connections, trustProxy, log });
      server = gatewayServer(app, upgrade, isEditorSocket);
      await server.listen(host, port);
      sessionCheck = setInterval(() => connections.closeExpired(clock.now()), sessionCheckMs).unref();
    },
    async stop() {
      isStopping = true;
      clearInterval(sessionCheck);
      connections.closeAll();
      await server?.stop();
    },
    async health() {
      server?.address();
    },
    address() {
      if (!server) throw new Error('the gateway has not been started');
      return server.address();
    },
  };
}
