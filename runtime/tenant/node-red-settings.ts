/** How Node-RED is set up for a tenant; the reasons are in the comments, the measurements in docs/decisions. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import type { PlatformApi } from '@dojot/node-kit';
import type { LogLine } from 'node-red';
import { editorRoot } from '../../contract/editor.ts';
import type { StartOrder } from '../protocol/messages.ts';
import { adminAuth } from './admin-auth.ts';

interface Needs {
  readonly order: StartOrder;
  /** Folder of the plugin package. */
  readonly plugin: string;
  readonly platform: PlatformApi;
  readonly storage: object;
  readonly log: (line: LogLine) => void;
}

/** Files of core nodes. `switch`, `change` and `template` are ours; those that reach files and processes are left out. */
const coreNodes = [
  ...['20-inject', '21-debug', '24-complete', '25-catch', '25-status', '60-link', '90-comment', '98-unknown'],
  ...['05-junction', '91-global-config', '10-function', '89-delay', '89-trigger', '16-range', 'rbe'],
  ...['17-split', '18-sort', '19-batch', '70-JSON', '70-CSV', '70-XML', '70-HTML', '70-YAML'],
  ...['21-httprequest', '05-tls', '06-httpproxy'],
].map((name) => `${name}.js`);

export function nodeRedSettings({ order, plugin, platform, storage, log }: Needs): Record<string, unknown> {
  const packages = [plugin, ...order.nodePackages];
  return {
    userDir: order.userDir,
    storageModule: storage,
    // The platform encrypts credentials where they are stored; this process has no key.
    credentialSecret: false,
    httpAdminRoot: editorRoot(order.tenant),
    httpNodeRoot: false,
    adminAuth,
    httpAdminMiddleware: deployModifiedOnly,
    // Error pages of express must not show stacks.
    httpServerOptions: { env: 'production', 'trust proxy': true },
    apiMaxLength: '10mb',
    // Only what is named is looked for and loaded.
    nodesIncludes: [...coreNodes, ...packages.map((path) => basename(path))],
    nodesDir: packages,
    externalModules: {
      autoInstall: false,
      // No lists: a `denyList` would also refuse the packages of the platform.
      palette: { allowInstall: false, allowUpload: false },
      modules: { allowInstall: false },
    },
    functionExternalModules: false,
    functionTimeout: 0,
    globalFunctionTimeout: order.functionTimeout,
    tlsConfigDisableLocalFiles: true,
    nodeCloseTimeout: 3000,
    safeMode: order.safeMode,
    telemetry: { enabled: false, updateNotification: false },
    diagnostics: { enabled: false, ui: false },
    logging: { platform: { level: 'info', audit: false, metrics: false, handler: () => log } },
    editorTheme: {
      page: { title: 'dojot' },
      header: { title: 'dojot' },
      // What speaks with devices comes first (contract §11).
      palette: { categories: ['subflows', 'input', 'output', 'function', 'common'] },
      projects: { enabled: false },
      multiplayer: { enabled: true },
      tours: false,
    },
    platform,
  };
}

/** A `full` deploy would throw away every message inside the flows; only what changed is restarted. */
function deployModifiedOnly(request: IncomingMessage, _response: ServerResponse, next: () => void): void {
  const header = 'node-red-deployment-type';
  if (request.method === 'POST' && request.headers[header] !== 'reload') request.headers[header] = 'nodes';
  next();
}
