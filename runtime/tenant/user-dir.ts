/** Node-RED's `userDir`: a folder that must exist and hold a `package.json`, and here also the package of our plugin. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Base name of the plugin's folder; Node-RED's whitelist goes by it. */
export const pluginFolder = 'dojot-platform-plugin';

/** Writes what is needed and returns the folder of the plugin package. */
export function prepareUserDir(userDir: string): string {
  const plugin = join(userDir, pluginFolder);
  mkdirSync(plugin, { recursive: true, mode: 0o700 });
  writeJson(join(userDir, 'package.json'), { name: 'tenant', private: true, dependencies: {} });
  writeJson(join(plugin, 'package.json'), {
    name: pluginFolder,
    version: '1.0.0',
    type: 'module',
    'node-red': { plugins: { 'dojot-platform': 'plugin.js' } },
  });
  // Node-RED loads plugins from files that end in `.js`; from sources, ours ends in `.ts`.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const target = new URL(`plugin${extension}`, import.meta.url).href;
  writeFileSync(join(plugin, 'plugin.js'), `export { default } from ${JSON.stringify(target)};\n`);
  return plugin;
}

function writeJson(file: string, content: unknown): void {
  writeFileSync(file, JSON.stringify(content));
}
