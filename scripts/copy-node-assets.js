/**
 * Puts what a node package needs beside its compiled code (editor form, help, locales, icons) from `src/` into `dist/`.
 * Node-RED looks for `x.html` and `locales/<language>/x.{json,html}` next to `x.js`.
 *
 * Forms may include scripts and rows of `nodes/kit/editor` (`@include picker.js`). The forms, help texts and catalogues of the
 * types that Node-RED describes itself are taken from the installed Node-RED, with ours added.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodesDir = join(dirname(fileURLToPath(import.meta.url)), '..', 'nodes');
const coreDir = dirname(createRequire(import.meta.url).resolve('@node-red/nodes/package.json'));
/** Node-RED's file of each type that it describes itself. */
const coreFiles = { switch: '10-switch', change: '15-change', template: '80-template' };

for (const name of readdirSync(nodesDir)) {
  const source = join(nodesDir, name, 'src');
  if (!existsSync(source)) continue;
  const target = join(nodesDir, name, 'dist');
  cpSync(source, target, { recursive: true, filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts') });
  const form = join(target, `${name}.html`);
  if (existsSync(form)) writeFileSync(form, withIncludes(readFileSync(form, 'utf8')));
  if (name in coreFiles) addCore(name, coreFiles[name], target);
}

/**
 * The scripts are modules to our tools and plain functions inside the form.
 *
 * @param {string} html
 */
function withIncludes(html) {
  const shared = (/** @type {string} */ file) => readFileSync(join(nodesDir, 'kit', 'editor', file), 'utf8');
  return html
    .replace(/ *<!-- @include (\S+) -->\n/g, (_comment, file) => shared(file))
    .replace(/\/\* @include (\S+) \*\//g, (_comment, file) =>
      shared(file)
        .replace(/^import .*\n/gm, '')
        .replace(/^export /gm, ''),
    );
}

/** @param {string} type @param {string} file @param {string} target */
function addCore(type, file, target) {
  const form = join(target, `${type}.html`);
  writeFileSync(form, readFileSync(form, 'utf8') + core(`core/function/${file}.html`));
  for (const language of readdirSync(join(target, 'locales'))) {
    const folder = join(target, 'locales', language);
    mkdirSync(folder, { recursive: true });
    const help = join(folder, `${type}.html`);
    const ownHelp = readFileSync(help, 'utf8');
    writeFileSync(help, core(`locales/${language}/function/${file}.html`).replace('</script>', `${ownHelp}</script>`));
    const catalogue = join(folder, `${type}.json`);
    const own = JSON.parse(readFileSync(catalogue, 'utf8'));
    const { common, [type]: texts } = JSON.parse(core(`locales/${language}/messages.json`));
    writeFileSync(catalogue, JSON.stringify({ common, [type]: { ...texts, ...own[type] } }));
  }
}

/** @param {string} path */
function core(path) {
  return readFileSync(join(coreDir, path), 'utf8');
}
