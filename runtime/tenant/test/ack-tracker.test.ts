/** A message ends when every branch has ended: not before its last result is stored, and not only when its lease is over. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flow, functionNode, type Node, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, createWorld, device, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ leaseMs: 8000 });
  await world.supervisor.start();
});

afterAll(() => world.stop());

const delay = (id: string, targets: string[]): Node =>
  node(id, 'delay', [targets], { pauseType: 'delay', timeout: '150', timeoutUnits: 'milliseconds', outputs: 1 });

const asAttrs = (id: string, ...targets: string[]) =>
  functionNode(id, 'msg.payload = { data: { attrs: { value: msg.payload } } }; return msg;', [targets]);

/** Name, nodes between the trigger (wired to `a`) and the virtual device, number of results to be stored. */
const cases: [name: string, nodes: Node[], results: number][] = [
  [
    'a fan-out of which one branch is delayed',
    [functionNode('a', 'return msg;', [['late', 'out']]), delay('late', ['out']), publishFor('out', 'virtual')],
    2,
  ],
  [
    'the switch of the platform',
    [
      node('a', 'switch', [['late'], []], {
        ...{ property: 'payload.data.attrs.t', propertyType: 'msg', checkall: 'true', outputs: 2 },
        rules: [{ t: 'eq', v: '1', vt: 'num' }, { t: 'else' }],
      }),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'split, delay and join, which make new message ids',
    [
      functionNode('a', 'msg.payload = [1, 2, 3]; return msg;', [['split']]),
      node('split', 'split', [['late']], { splt: '\\n', spltType: 'str', arraySplt: 1, arraySpltType: 'len' }),
      delay('late', ['join']),
      node('join', 'join', [['build']], { mode: 'auto', property: 'payload', propertyType: 'msg', build: 'array' }),
      asAttrs('build', 'out'),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'link nodes',
    [
      node('a', 'link out', [], { mode: 'link', links: ['in'] }),
      node('in', 'link in', [['late']], { links: ['a'] }),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'a link call that returns later',
    [
      node('a', 'link call', [['out']], { links: ['in'], linkType: 'static', timeout: '30' }),
      node('in', 'link in', [['late']], { links: [] }),
      delay('late', ['back']),
      node('back', 'link out', [], { mode: 'return', links: [] }),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'an error that a catch node goes on with',
    [
      functionNode('a', 'throw new Error("no");', [[]]),
      node('catch', 'catch', [['late']], { scope: null, uncaught: false }),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'an error of a node of the platform that a catch node goes on with',
    [
      publishFor('a', 'virtual', 'not.there'),
      node('catch', 'catch', [['late']], { scope: null, uncaught: false }),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'a complete node',
    [
      functionNode('a', 'return null;', [[]]),
      node('complete', 'complete', [['late']], { scope: ['a'] }),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'a status node',
    [
      functionNode('a', 'node.status({ text: "seen" }); return null;', [[]]),
      node('status', 'status', [['late']], { scope: ['a'] }),
      delay('late', ['build']),
      functionNode('build', 'return { payload: { data: { attrs: { status: msg.status.text } } } };', [['out']]),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  ['a disabled node', [node('a', 'function', [[]], { d: true, func: 'return msg;', outputs: 1 })], 0],
  ['an error that nobody catches', [functionNode('a', 'throw new Error("no");', [[]])], 0],
  ['a node without wires', [functionNode('a', 'return msg;', [])], 0],
  [
    'a filter, which never says that it is done',
    [
      functionNode('a', 'return [[{ payload: 1, topic: "x" }, { payload: 1, topic: "x" }]];', [['filter']]),
      node('filter', 'rbe', [['build']], { func: 'rbe', property: 'payload', septopics: true, topi: 'topic' }),
      asAttrs('build', 'late'),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  [
    'a function that sends several times, also the same object',
    [
      functionNode('a', 'node.send(msg); node.send(msg); node.send({ payload: msg.payload }); return null;', [
        ['late'],
      ]),
      delay('late', ['out']),
      publishFor('out', 'virtual'),
    ],
    3,
  ],
  [
    'a function that says later that it is done',
    [
      functionNode('a', 'setTimeout(() => { node.send(msg); node.done(); }, 150); return null;', [['out']]),
      publishFor('out', 'virtual'),
    ],
    1,
  ],
  ['a node that fails on the message', [node('a', 'json', [['out']], { property: 'nothing.here', action: 'obj' })], 0],
  ['a type that nobody provides', [node('a', 'edgedetection', [['out']]), publishFor('out', 'virtual')], 0],
  ['a wire to nowhere', [functionNode('a', 'return msg;', [['nowhere']])], 0],
];

describe('an event ends with the last of its branches:', () => {
  test.each(cases)('%s', async (_, nodes, results) => {
    const id = `sensor${cases.findIndex((one) => one[1] === nodes)}`;
    world.devices.set(`admin:${id}`, device(id));
    const { id: flowId } = await world.flows.create(
      'admin',
      { name: id, enabled: true, source: flow(onReading(id, 'a'), ...nodes) },
      'tester',
    );
    const before = (await world.said('virtual')).length;
    await world.say(id, { t: 1 });
    await until('the offsets to move', () => allRead(world));
    expect((await world.said('virtual')).length - before).toBe(results);
    expect(await world.count('messages_expired')).toBe(0);
    await world.flows.remove('admin', flowId, 'tester');
  });
});
