/** `npm run bench` runs every benchmark, `npm run bench -- hop path` those named; each prints its table. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const all = ['hop', 'history', 'ingest', 'path', 'start'];
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const options = process.argv.slice(2).filter((word) => word.startsWith('-'));
const unknown = wanted.find((name) => !all.includes(name));
if (unknown) {
  process.stderr.write(`There is no benchmark ${unknown}; there are ${all.join(', ')}.\n`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : all) {
  process.stdout.write(`\n## ${name}\n\n`);
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--no-warnings', script, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
