/** What a flow sends after its event has ended, or after its lease, belongs to the event all the same. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading } from '../../supervisor/test/support/flows.ts';
import { allRead, createWorld, device, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ leaseMs: 500 });
  await world.supervisor.start();
});

afterAll(() => world.stop());
afterEach(() => world.flows.removeAll('admin', 'tester'));

const delay = (id: string, seconds: number, ...targets: string[]): Node =>
  node(id, 'delay', [targets], { pauseType: 'delay', timeout: String(seconds), timeoutUnits: 'seconds', outputs: 1 });
const clone = (id: string, ...targets: string[]) => functionNode(id, 'return RED.util.cloneMessage(msg);', [targets]);
const attrs = (id: string, ...targets: string[]) =>
  functionNode(id, 'return { payload: { data: { attrs: { late: true } } } };', [targets]);

/** Name, nodes between the trigger (wired to `a`) and the node `out`, results. */
const cases: [name: string, nodes: Node[], results: number][] = [
  [
    'a delay that is longer than the lease',
    [
      delay('a', 2, 'b'),
      functionNode('b', 'msg.payload = { data: { attrs: { late: true } } }; return msg;', [['out']]),
    ],
    1,
  ],
  ['a delay that is longer than two leases, and clones', [delay('a', 4, 'b'), clone('b', 'c'), attrs('c', 'out')], 1],
  [
    'a trigger node',
    [
      node('a', 'trigger', [['b', 'b']], {
        ...{ op1: '', op2: '', op1type: 'pay', op2type: 'payl', duration: '2', units: 's', outputs: 1, bytopic: 'all' },
      }),
      attrs('b', 'out'),
    ],
    4,
  ],
  [
    'new messages from timers of a function, each with a pause behind it',
    [
      functionNode('a', 'for (const s of [1, 2]) setTimeout(() => node.send({ s }), s * 1000); return null;', [['b']]),
      attrs('b', 'c'),
      delay('c', 1, 'out'),
    ],
    2,
  ],
];

test.each(cases)('%s: published for the device, each with an origin of its own', async (_, nodes, results) => {
  const id = `sensor${cases.findIndex((one) => one[1] === nodes)}`;
  world.devices.set(`admin:${id}`, device(id));
  const out = node('out', 'multi device out', [], { device_source: 'self', attrs: 'payload.data.attrs' });
  // A device's own new values trigger its flows again: only the first reading goes in.
  const first = node('first', 'switch', [['a']], {
    ...{ property: 'payload.data.attrs.n', propertyType: 'msg', checkall: 'true', outputs: 1 },
    rules: [{ t: 'eq', v: '1', vt: 'num' }],
  });
  await world.flows.create(
    'admin',
    { name: id, enabled: true, source: flow(onReading(id, 'first'), first, ...nodes, out) },
    'tester',
  );
  await world.say(id, { n: 1 });
  const said = await until('the late results', async () => {
    const all = (await world.said(id)).filter(({ origin }) => origin);
    return all.length >= results ? all : undefined;
  });
  await until('all to end', () => allRead(world));
  expect(said).toHaveLength(results);
  expect(new Set(said.map(({ origin }) => JSON.stringify(origin))).size).toBe(results);
  expect(new Set(said.map(({ origin }) => origin?.offset)).size).toBe(1);
});
