/** Wires in a circle: a message that causes steps without end is stopped, wherever the nodes come from. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, startedWorld, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await startedWorld();
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

/** What flows published for the virtual device while one reading ran. */
async function run(...nodes: Node[]): Promise<Record<string, unknown>[]> {
  const source = flow(onReading('sensor', 'a'), ...nodes);
  const before = (await world.said('virtual')).length;
  const linesBefore = world.lines.length;
  await world.flows.create('admin', { name: 'loop', enabled: true, source }, 'tester');
  await world.say('sensor', { n: 1 });
  await until('the event to end', () => allRead(world));
  expect(await world.count('process_deaths')).toBe(0);
  errors = world.lines.slice(linesBefore).filter((line) => /Runaway loop/.test(line)).length;
  return (await world.said('virtual')).slice(before).map(({ attrs }) => attrs);
}

/** Lines about a runaway in the last run. */
let errors = 0;

const circle = [functionNode('a', 'return msg;', [['b']]), functionNode('b', 'return msg;', [['a']])];
const caught = [
  node('catch', 'catch', [['text']], { scope: null, uncaught: false }),
  functionNode('text', 'return { payload: { data: { attrs: { error: msg.error.message } } } };', [['out']]),
  publishFor('out', 'virtual'),
];

test('functions in a circle are stopped with one error', async () => {
  await run(...circle);
  expect(errors).toBe(1);
});

test('catch nodes pass it on to nodes of the platform', async () => {
  expect(await run(...circle, ...caught)).toEqual([{ error: expect.stringMatching(/Runaway loop: .* 10000 steps/) }]);
});

const multiplying: [name: string, ...nodes: Node[]][] = [
  [
    'by new messages of timers, after the event has ended',
    functionNode('a', 'setTimeout(() => { node.send([[{}, {}, {}]]); }, 5); return null;', [['a']]),
  ],
  [
    'by new messages of timers that wait on purpose',
    functionNode('a', 'setTimeout(() => { node.send([[{}, {}, {}]]); }, 150); return null;', [['a']]),
  ],
  ['by sending twice', functionNode('a', 'return [[msg, msg]];', [['a']])],
  ['by a thousand new messages', functionNode('a', 'return [Array.from({ length: 1000 }, () => ({}))];', [['a']])],
  [
    'by wires',
    functionNode('a', 'return msg;', [['b', 'c']]),
    functionNode('b', 'return msg;', [['a']]),
    functionNode('c', 'return msg;', [['a']]),
  ],
  [
    'by a node of the platform',
    functionNode('a', 'return msg;', [['b']]),
    node('b', 'change', [['a', 'a', 'a']], { rules: [] }),
  ],
];

test.each(multiplying)('a loop that multiplies %s is stopped', async (_, ...nodes) => {
  const linesBefore = world.lines.length;
  await run(...nodes);
  const told = () => world.lines.slice(linesBefore).filter((line) => /Runaway loop/.test(line));
  await until('the error', () => told().length > 0);
  expect(told()).toHaveLength(1);
  expect(await world.count('process_deaths')).toBe(0);
});

test('a loop through a catch node is stopped', async () => {
  await run(
    functionNode('a', 'throw new Error("again");', [[]]),
    node('catch', 'catch', [['a', 'b']], { scope: null, uncaught: false }),
    functionNode('b', 'return [[msg, {}]];', [['a', 'b']]),
  );
});

test('a loop through link nodes is stopped', async () => {
  await run(
    functionNode('a', 'return msg;', [['there']]),
    node('there', 'link out', [], { mode: 'link', links: ['here'] }),
    node('here', 'link in', [['a']], { links: ['there'] }),
  );
  expect(errors).toBe(1);
});

test('a long list that is split is no loop', async () => {
  const published = await run(
    functionNode('a', 'return { payload: Array.from({ length: 6000 }, (_, n) => n) };', [['split']]),
    node('split', 'split', [['b']], { splt: '\\n', spltType: 'str', arraySplt: 1, arraySpltType: 'len' }),
    functionNode('b', 'return msg;', [['c']]),
    functionNode('c', 'return msg;', [['join']]),
    node('join', 'join', [['build']], { mode: 'auto', property: 'payload', propertyType: 'msg', build: 'array' }),
    functionNode('build', 'return { payload: { data: { attrs: { count: msg.payload.length } } } };', [['out']]),
    publishFor('out', 'virtual'),
  );
  expect([published, errors]).toEqual([[{ count: 6000 }], 0]);
});
