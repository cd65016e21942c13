/** Nodes that drop a message without saying so: its branch ends at once, not when its lease runs out. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, device, startedWorld, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await startedWorld();
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

async function readAll(nodes: readonly Node[], ...readings: Record<string, unknown>[]): Promise<unknown[]> {
  const source = flow(onReading('sensor', 'a'), ...nodes);
  const before = (await world.said('virtual')).length;
  await world.flows.create('admin', { name: 'test', enabled: true, source }, 'tester');
  for (const reading of readings) await world.say('sensor', reading);
  await until('the readings to end', () => allRead(world));
  return (await world.said('virtual')).slice(before).map(({ attrs }) => attrs);
}

/** What is caught is stored as the text of its error. */
const caught: readonly Node[] = [
  node('catch', 'catch', [['text']], { scope: null, uncaught: false }),
  functionNode('text', 'return { payload: { data: { attrs: { error: msg.error.message } } } };', [['out']]),
  publishFor('out', 'virtual'),
];

const brokenFunctions: [name: string, broken: Node, reason: RegExp][] = [
  ['is no JavaScript', functionNode('a', 'this is no JavaScript', [['out']]), /Unexpected identifier/],
  [
    'has a clean-up that is no JavaScript',
    { ...functionNode('a', 'return msg;', [['out']]), finalize: 'return (' },
    /Unexpected token/,
  ],
  [
    'loops for ever on start',
    { ...functionNode('a', 'return msg;', [['out']]), initialize: 'for (;;);' },
    /Script execution timed out/,
  ],
  [
    'fails to set itself up',
    { ...functionNode('a', 'return msg;', [['out']]), initialize: 'throw new Error("not today");' },
    /not today/,
  ],
];

test.each(brokenFunctions)('a function that %s ends every branch with that error', async (_, broken, reason) => {
  const attrs = await readAll([broken, ...caught], { n: 1 }, { n: 2 });
  expect(attrs).toEqual([{ error: expect.stringMatching(reason) }, { error: expect.stringMatching(reason) }]);
});

test.each([
  ['null', 'throw null;', /threw null/],
  ['an object without a prototype', 'throw Object.create(null);', /without a prototype/],
  ['a text', 'throw "no";', /^no$/],
])('a function that throws %s ends its branch with that error', async (_, code, reason) => {
  const attrs = await readAll([functionNode('a', code, [[]]), ...caught], { n: 1 }, { n: 2 });
  expect(attrs).toEqual([{ error: expect.stringMatching(reason) }, { error: expect.stringMatching(reason) }]);
});

test('a split of what is not there, and of a stream that is not complete, has ended', async () => {
  const split = node('a', 'split', [['b']], {
    ...{ property: 'payload.data.attrs.list', splt: ';', spltType: 'str', arraySplt: 1, arraySpltType: 'len' },
  });
  const attrs = functionNode('b', 'return { payload: { data: { attrs: { one: msg.payload.data.attrs.list } } } };', [
    ['out'],
  ]);
  const said = await readAll([split, attrs, publishFor('out', 'virtual')], {}, { list: ['x', 'y'] }, { list: 5 });
  expect(said).toEqual([{ one: 'x' }, { one: 'y' }]);
  const stream = { ...split, splt: '10', spltType: 'len', stream: true };
  await world.flows.removeAll('admin', 'tester');
  expect(await readAll([stream, attrs, publishFor('out', 'virtual')], { list: 'abc' }, { list: 'defghijk' })).toEqual([
    { one: 'abcdefghij' },
  ]);
});

test('a function that reports errors of its own goes on', async () => {
  const complaining = {
    ...functionNode('a', 'node.error("not about a message"); return msg;', [['out']]),
    initialize: 'node.error("nor this");',
  };
  const attrs = await readAll([complaining, publishFor('out', 'virtual')], { n: 1 }, { n: 2 });
  expect(attrs).toEqual([{ n: 1 }, { n: 2 }]);
});

const limited = (...targets: string[]): Node =>
  node('a', 'delay', [targets], {
    ...{ pauseType: 'rate', rate: '1', nbRateUnits: '1', rateUnits: 'hour', outputs: 1, drop: false },
  });

test('what a reset drops from the queue of a delay node has ended', async () => {
  world.devices.set('admin:resetter', device('resetter'));
  const source = flow(
    onReading('sensor', 'a'),
    limited('out'),
    publishFor('out', 'virtual'),
    onReading('resetter', 'reset'),
    functionNode('reset', 'return { reset: true };', [['a']]),
  );
  await world.flows.create('admin', { name: 'test', enabled: true, source }, 'tester');
  await world.say('sensor', { n: 1 });
  await until('the first to pass', () => allRead(world));
  await world.say('sensor', { n: 2 });
  await world.say('resetter', {});
  await until('all to end', () => allRead(world));
});

test('an empty message, which a delay node drops, has ended', async () => {
  const attrs = await readAll([functionNode('a', 'return {};', [['b']]), { ...limited('out'), id: 'b' }], { n: 1 });
  expect(attrs).toEqual([]);
});

test('a link call that gets no answer in time ends its branch with that error', async () => {
  const call = node('a', 'link call', [['out']], { links: ['in'], linkType: 'static', timeout: '0.2' });
  const nodes = [
    call,
    node('in', 'link in', [['nothing']], { links: [] }),
    functionNode('nothing', 'return null;', [[]]),
  ];
  expect(await readAll([...nodes, ...caught], { n: 1 })).toEqual([{ error: 'timeout' }]);
});
