/** The folders of the flow nodes that every tenant has. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { catalogue } from '../platform-services/kit/errors.ts';

const errors = catalogue({
  NODE_PACKAGE_UNUSABLE: [
    500,
    (folder, reason) => `DOJOT_NODE_PACKAGES must name folders of built node packages, but ${folder} ${reason}.`,
  ],
});

const names = [
  ...['event-device-in', 'event-template-in', 'multi-device-out', 'multi-actuate'],
  ...['switch', 'change', 'template'],
];

const manifestForm = z.object({ 'node-red': z.object({ nodes: z.record(z.string(), z.string()) }) });

/** Found the way Node finds them, so that it does not matter where npm has put them. Throws when one is not installed. */
export function nodePackages(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return names.map((name) => dirname(resolve(`@dojot/node-${name}/package.json`)));
}

/**
 * The same folders, each of them one that Node-RED finds nodes in. Throws `NODE_PACKAGE_UNUSABLE`: a tenant could only miss
 * the nodes, and would be let into a folder that is none of a package.
 */
export function furtherPackages(folders: readonly string[]): readonly string[] {
  for (const folder of folders) checkPackage(folder);
  return folders;
}

function checkPackage(folder: string): void {
  const files = Object.values(readManifest(folder)['node-red'].nodes);
  if (files.length === 0) throw errors.NODE_PACKAGE_UNUSABLE(folder, 'has no node in its package.json');
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) throw errors.NODE_PACKAGE_UNUSABLE(folder, `lacks ${missing}; it may have to be built`);
}

function readManifest(folder: string): z.infer<typeof manifestForm> {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw errors.NODE_PACKAGE_UNUSABLE(folder, 'has no package.json');
  try {
    return manifestForm.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw errors.NODE_PACKAGE_UNUSABLE(folder, 'has no "node-red": {"nodes": {…}} in its package.json').because(error);
  }
}
