/**
 * Writes the generated parts of the documentation: the table of settings in README.md and docs/api.md.
 * It reads the build, which `npm run docs` makes first. `--check` changes nothing and fails when they are out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { knobs } from '../settings.ts';
import { apiReference } from './api-reference.ts';

const check = process.argv.includes('--check');
const stale: string[] = [];

const reference = await apiReference();
update('README.md', (text) => between(text, 'settings', settingsTable()));
update('docs/api.md', () => reference);

if (stale.length > 0) {
  process.stderr.write(`Out of date, run "npm run docs": ${stale.join(', ')}\n`);
  process.exitCode = 1;
}

function update(name: string, change: (text: string) => string): void {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const after = change(before);
  if (after === before) return;
  if (check) stale.push(name);
  else writeFileSync(path, after);
}

/** Replaces what stands between `<!-- name:begin … -->` and `<!-- name:end -->`. */
function between(text: string, name: string, content: string): string {
  const pattern = new RegExp(`(<!-- ${name}:begin[^\\n]*-->\\n).*?(<!-- ${name}:end -->)`, 's');
  if (!pattern.test(text)) throw new Error(`no markers for ${name}`);
  return text.replace(pattern, (_, begin: string, end: string) => `${begin}${content}${end}`);
}

function settingsTable(): string {
  const rows = Object.values(knobs).map((knob) => {
    const value = knob.default === '' ? 'unset' : `\`${knob.default}\``;
    const unit = 'unit' in knob ? ` ${knob.unit}` : '';
    return `| \`${knob.env}\` | ${value}${unit} | ${knob.about} |`;
  });
  return ['| name | default | what it is for |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
