import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

const script = fileURLToPath(new URL('./node-red/load-packages.js', import.meta.url));
const answer = z.object({
  sets: z.array(z.object({ types: z.array(z.string()), err: z.unknown().optional() })),
  texts: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))),
  forms: z.string(),
  received: z.array(z.unknown()),
});

async function startNodeRed(flows: object[] = [], messages = 0): Promise<z.output<typeof answer>> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--no-warnings', script, JSON.stringify(flows), String(messages)], {
    maxBuffer: 50_000_000,
  });
  return answer.parse(JSON.parse(stdout));
}

const place = (id: string, x: number) => ({ id, z: 'tab', x, y: 0 });
const flow = [
  { id: 'tab', type: 'tab', label: 'without platform' },
  {
    ...place('inject', 1),
    type: 'inject',
    once: true,
    onceDelay: 0.1,
    props: [{ p: 'payload', v: '5', vt: 'num' }],
    wires: [['switch']],
  },
  {
    ...place('switch', 2),
    type: 'switch',
    property: 'payload',
    rules: [{ t: 'jsonata_exp', v: 'payload > 4', vt: 'jsonata' }, { t: 'else' }],
    wires: [['change'], []],
  },
  {
    ...place('change', 3),
    type: 'change',
    rules: [{ t: 'set', p: 'doubled', pt: 'msg', to: 'payload * 2', tot: 'jsonata' }],
    wires: [['template']],
  },
  { ...place('template', 4), type: 'template', field: 'text', template: 'twice: {{doubled}}', wires: [['sink']] },
  { ...place('sink', 5), type: 'function', func: 'global.get("received").push(msg.text)', wires: [[]] },
];

describe('the built packages in a real Node-RED', () => {
  let loaded: z.output<typeof answer>;
  beforeAll(async () => {
    loaded = await startNodeRed(flow, 1);
  });

  test('all of them load without an error', () => {
    expect(loaded.sets.flatMap((set) => set.types).sort()).toEqual([
      'change',
      'event device in',
      'event template in',
      'multi actuate',
      'multi device out',
      'switch',
      'template',
    ]);
    expect(loaded.sets.filter((set) => set.err !== undefined)).toEqual([]);
  });

  test('texts are served in English and Portuguese', () => {
    const titles = (language: string) =>
      Object.values(loaded.texts[language] ?? {}).map(
        (catalogue) => JSON.stringify(catalogue).match(/"title":"([^"]*)/)?.[1],
      );
    expect(titles('en-US')).toEqual(expect.arrayContaining(['event device', 'multi actuate', 'switch', 'template']));
    expect(titles('pt-BR')).toEqual(
      expect.arrayContaining(['evento dispositivo', 'multi atuador', 'interruptor', 'definir valor', 'modelo']),
    );
  });

  test.each([
    'switch',
    'change',
    'template',
    'event device in',
    'event template in',
    'multi device out',
    'multi actuate',
  ])('the form and the help of %s are served', (type) => {
    expect(loaded.forms).toContain(`data-template-name="${type}"`);
    expect(loaded.forms).toContain(`data-help-name="${type}"`);
  });

  test('a flow drawn in a Node-RED without the platform runs, JSONata and all', () => {
    expect(loaded.received).toEqual(['twice: 10']);
  });
});
