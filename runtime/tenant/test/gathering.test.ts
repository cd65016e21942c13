/** `join`, `batch` and `sort` keep messages until a group is complete: events of one device must not wait for each other there. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, startedWorld, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await startedWorld(['left', 'right', 'virtual'], { leaseMs: 8000 });
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

/** Keeps only the number that was read, as part of a sequence of three. */
const number = (id: string, ...targets: string[]) =>
  functionNode(
    id,
    'const { t } = msg.payload.data.attrs; msg.parts = { id: "all", index: t, count: 3 }; msg.payload = t; return msg;',
    [targets],
  );
const late = (...targets: string[]): Node =>
  node('late', 'delay', [targets], { pauseType: 'delay', timeout: '150', timeoutUnits: 'milliseconds', outputs: 1 });
const asAttrs = functionNode('build', 'msg.payload = { data: { attrs: { value: msg.payload } } }; return msg;', [
  ['out'],
]);
const join = (more: Node): Node =>
  node('gather', 'join', [['late']], { property: 'payload', propertyType: 'msg', build: 'array', ...more });

const cases: [name: string, gather: Node, values: unknown[]][] = [
  ['join by count', join({ mode: 'custom', count: '3', useparts: false }), [[2, 0, 1]]],
  ['join by parts', join({ mode: 'auto' }), [[0, 1, 2]]],
  [
    'join that reduces',
    join({ mode: 'reduce', reduceExp: '$A & payload', reduceInit: '>', reduceInitType: 'str' }),
    ['>012'],
  ],
  ['batch', node('gather', 'batch', [['late']], { mode: 'count', count: 3, overlap: 0 }), [2, 0, 1]],
  [
    'sort by an expression',
    node('gather', 'sort', [['late']], {
      order: 'ascending',
      targetType: 'seq',
      seqKey: 'payload',
      seqKeyType: 'jsonata',
    }),
    [0, 1, 2],
  ],
];

async function gathered(gather: Node): Promise<unknown[]> {
  const source = flow(
    onReading('left', 'number'),
    number('number', 'gather'),
    gather,
    late('build'),
    asAttrs,
    publishFor('out', 'virtual'),
  );
  await world.flows.create('admin', { name: 'gather', enabled: true, source }, 'tester');
  const before = (await world.said('virtual')).length;
  for (const t of [2, 0, 1]) await world.say('left', { t });
  await until('the offsets to move', () => allRead(world));
  expect(await world.count('messages_expired')).toBe(0);
  return (await world.said('virtual')).slice(before).map(({ attrs }) => attrs.value);
}

test.each(cases)(
  '%s gathers three readings of one device, and the last event waits for the result',
  async (_, gather, values) => {
    expect(await gathered(gather)).toEqual(values);
  },
);

test('batch with overlap gathers readings of one device, also while what came before still waits', async () => {
  const batch = node('gather', 'batch', [['late']], { mode: 'count', count: 2, overlap: 1 });
  const values = await gathered(batch);
  expect(values.toSorted()).toEqual([0, 0, 1, 2]);
  expect(values[0]).toBe(2);
});
