/** A message goes through subflows, in and out of nodes of the platform and of Node-RED, as part of its event. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, startedWorld, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await startedWorld();
});

afterAll(() => world.stop());

const inside = (...nodes: Node[]): Node[] => [
  {
    ...{ id: 's', type: 'subflow', name: 'twice' },
    ...{ in: [{ x: 1, y: 1, wires: [{ id: 'i' }] }], out: [{ x: 9, y: 9, wires: [{ id: 'o', port: 0 }] }] },
  },
  ...nodes.map((one) => ({ ...one, z: 's' })),
];
const late = (id: string, ...targets: string[]): Node =>
  node(id, 'delay', [targets], { pauseType: 'delay', timeout: '50', timeoutUnits: 'milliseconds', outputs: 1 });
const change = (id: string, ...targets: string[]): Node =>
  node(id, 'change', [targets], {
    rules: [{ t: 'set', p: 'payload.data.attrs.seen', pt: 'msg', to: 'true', tot: 'bool' }],
  });

const cases: [name: string, subflow: Node[]][] = [
  ['of nodes of Node-RED', inside(functionNode('i', 'return msg;', [['o']]), late('o'))],
  ['of nodes of the platform', inside(change('i', 'o'), change('o'))],
  ['that begins with one of the platform and ends with one of Node-RED', inside(change('i', 'o'), late('o'))],
  ['that begins with one of Node-RED and ends with one of the platform', inside(late('i', 'o'), change('o'))],
];

test.each(cases)('a subflow %s', async (_, subflow) => {
  const before = (await world.said('virtual')).length;
  const source = flow(
    ...subflow,
    onReading('sensor', 'u1'),
    node('u1', 'subflow:s', [['u2']]),
    node('u2', 'subflow:s', [['out']]),
    publishFor('out', 'virtual'),
  );
  const { id } = await world.flows.create('admin', { name: 'sub', enabled: true, source }, 'tester');
  await world.say('sensor', { n: 1 });
  await until('the reading to end', () => allRead(world));
  expect((await world.said('virtual')).slice(before)).toMatchObject([
    { attrs: { n: 1 }, origin: { offset: expect.any(Number) } },
  ]);
  await world.flows.remove('admin', id, 'tester');
});
