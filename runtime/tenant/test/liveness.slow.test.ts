/** A tenant with much to do answers its supervisor all the same. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, createWorld, device, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;
const devices = Array.from({ length: 500 }, (_, index) => `d${index}`);
/** Gathers numbers until there are a thousand. */
const listed = `const list = context.get('list') ?? []; list.push(msg.n); context.set('list', list);
  return list.length < 1000 ? null : { payload: { data: { attrs: { list } } } };`;
const busy = 'const end = Date.now() + 6; while (Date.now() < end); return msg;';

beforeAll(async () => {
  world = await createWorld({ livenessMs: 1500, window: 1000 });
  for (const id of [...devices, 'virtual']) world.devices.set(`admin:${id}`, device(id));
  await world.supervisor.start();
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

test('many devices that report at once to a slow function', async () => {
  const source = flow(
    ...devices.map((id) => onReading(id, 'slow')),
    functionNode('slow', busy, [['out']]),
    publishFor('out', 'virtual'),
  );
  await world.flows.create('admin', { name: 'slow', enabled: true, source }, 'tester');
  await Promise.all(devices.map((id) => world.say(id, { n: 1 })));
  await until('all to end', () => allRead(world));
  expect(await world.said('virtual')).toHaveLength(devices.length);
  expect(await world.count('process_deaths')).toBe(0);
});

test('one message that becomes many, which stay in order', async () => {
  const source = flow(
    onReading('d0', 'many'),
    functionNode('many', 'return [Array.from({ length: 500 }, (_, n) => ({ n }))];', [['slow']]),
    functionNode('slow', busy, [['list', 'list']]),
    functionNode('list', listed, [['out']]),
    publishFor('out', 'virtual'),
  );
  await world.flows.create('admin', { name: 'many', enabled: true, source }, 'tester');
  await world.say('d0', { n: 1 });
  await until('it to end', () => allRead(world));
  expect((await world.said('virtual')).at(-1)?.attrs).toEqual({ list: Array.from({ length: 1000 }, (_, n) => n >> 1) });
  expect(await world.count('process_deaths')).toBe(0);
});

test('many devices that report at once to nodes of the platform only', async () => {
  const heavy = '{{#each payload.data.attrs.list}}{{#each @root.payload.data.attrs.list}}{{this}}{{/each}}{{/each}}';
  const template = node('heavy', 'template', [[]], {
    ...{ field: 'text', fieldType: 'msg', format: 'handlebars', syntax: 'handlebars', template: heavy, output: 'str' },
  });
  const source = flow(...devices.map((id) => onReading(id, 'heavy')), template);
  await world.flows.create('admin', { name: 'heavy', enabled: true, source }, 'tester');
  const list = Array.from({ length: 150 }, (_, n) => n);
  await Promise.all(devices.map((id) => world.say(id, { list })));
  await until('all to end', () => allRead(world));
  expect(await world.count('process_deaths')).toBe(0);
});
