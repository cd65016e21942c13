/**
 * Run as a process of its own: starts a real Node-RED with all node packages of this repository and prints what it made of
 * them, as one line of JSON. The first
 * argument is the flow to run, the second how many messages to wait for in the global context value `received`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RED = createRequire(import.meta.url)('node-red');
const packages = [
  'event-device-in',
  'event-template-in',
  'multi-device-out',
  'multi-actuate',
  'switch',
  'change',
  'template',
];
const nodesDir = fileURLToPath(new URL('../../..', import.meta.url));
const userDir = mkdtempSync(join(tmpdir(), 'dojot-nodes-'));
writeFileSync(join(userDir, 'package.json'), '{"name":"test","private":true,"dependencies":{}}');

const flows = JSON.parse(process.argv[2] ?? '[]');
const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
const received = [];
const empty = async () => ({});
RED.init(createServer(), {
  userDir,
  storageModule: {
    init: empty,
    getFlows: async () => flows,
    saveFlows: empty,
    getCredentials: empty,
    saveCredentials: empty,
    getSettings: empty,
    saveSettings: empty,
    getSessions: empty,
    saveSessions: empty,
    getLibraryEntry: empty,
    saveLibraryEntry: empty,
  },
  credentialSecret: 'test',
  nodesDir: packages.map((name) => join(nodesDir, name)),
  nodesIncludes: [
    '05-junction.js',
    '20-inject.js',
    '21-debug.js',
    '10-function.js',
    '25-catch.js',
    '25-complete.js',
    ...packages,
  ],
  functionGlobalContext: { received },
  externalModules: { palette: { allowInstall: false, allowUpload: false } },
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'off' } },
});
await RED.start();
await started;
const deadline = Date.now() + 5000;
const wanted = Number(process.argv[3] ?? 0);
while (received.length < wanted && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));

const sets = (await RED.runtime.nodes.getNodeList({})).filter((set) => set.module.startsWith('@dojot/'));
const texts = {};
for (const lang of ['en-US', 'pt-BR']) {
  texts[lang] = {};
  for (const { id, module } of sets) {
    const catalogue = await RED.runtime.nodes.getModuleCatalog({ module: id, lang });
    texts[lang][id] = catalogue ?? (await RED.runtime.nodes.getModuleCatalog({ module, lang }));
  }
}
const forms = await RED.runtime.nodes.getNodeConfigs({ lang: 'pt-BR' });
process.stdout.write(`${JSON.stringify({ sets, texts, forms, received })}\n`);
await RED.stop();
rmSync(userDir, { recursive: true, force: true });
