/** The files of the program itself: what a tenant process must be able to read besides its own folder. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isBuilt = !import.meta.url.endsWith('.ts');
const projectFolder = fileURLToPath(new URL(isBuilt ? '../../..' : '../..', import.meta.url));
/** What the tenant's entry imports: from the build, or from the sources, as the tests of single parts start it. */
const code = isBuilt ? ['dist'] : ['runtime', 'contract', 'platform-services'];

/** Entry of a tenant process. */
export const tenantEntry = fileURLToPath(new URL(`../tenant/main${isBuilt ? '.js' : '.ts'}`, import.meta.url));

/** Files and folders, absolute. */
export const programFiles: readonly string[] = [
  ...[...code, 'nodes', 'package.json'].map((name) => join(projectFolder, name)),
  packagesFolder(),
];

/** The `node_modules` we use: our own, or, installed as a dependency, the one we lie in ourselves. */
function packagesFolder(): string {
  const nodeRed = createRequire(import.meta.url).resolve('node-red/package.json');
  return join(nodeRed, '..', '..');
}
