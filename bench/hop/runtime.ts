import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface NodeRedRuntime {
  readonly events: { once(event: string, listener: () => void): void };
  init(server: Server, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const RED: NodeRedRuntime = createRequire(import.meta.url)('node-red');

export interface BenchRuntime {
  stop(): Promise<void>;
}

/** Node-RED embedded as in a tenant process: no editor, no palette, flows in memory, only the nodes named. */
export async function startRuntime(flows: object[], options: Record<string, unknown>): Promise<BenchRuntime> {
  const userDir = mkdtempSync(join(tmpdir(), 'dojot-bench-'));
  writeFileSync(join(userDir, 'package.json'), '{"name":"bench","private":true,"dependencies":{}}');
  const started = new Promise<void>((resolve) => RED.events.once('flows:started', () => resolve()));
  RED.init(createServer(), {
    userDir,
    storageModule: memoryStorage(flows),
    credentialSecret: 'bench',
    httpAdminRoot: false,
    httpNodeRoot: false,
    disableEditor: true,
    externalModules: { palette: { allowInstall: false, allowUpload: false } },
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'error', metrics: false, audit: false } },
    ...options,
  });
  await RED.start();
  await started;
  return {
    async stop() {
      await RED.stop();
      rmSync(userDir, { recursive: true, force: true });
    },
  };
}

function memoryStorage(flows: object[]) {
  const empty = async () => ({});
  const ignore = async () => undefined;
  return {
    init: ignore,
    getFlows: async () => flows,
    saveFlows: ignore,
    getCredentials: empty,
    saveCredentials: ignore,
    getSettings: empty,
    saveSettings: ignore,
    getSessions: empty,
    saveSessions: ignore,
    getLibraryEntry: empty,
    saveLibraryEntry: ignore,
  };
}
