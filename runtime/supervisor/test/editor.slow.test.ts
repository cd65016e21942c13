/** The editor of a tenant, as the gateway reaches it: who may do what, and what a deploy does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { FlowNode } from '../../flow-store/flow-store.ts';
import { flow, functionNode, node, onReading, publishFor } from './support/flows.ts';
import { createWorld, device, editor, until, type World } from './support/world.ts';

let world: World;
let flowId: string;

beforeAll(async () => {
  world = await createWorld();
  for (const id of ['sensor', 'virtual']) world.devices.set(`admin:${id}`, device(id));
  await world.supervisor.start();
  const source = flow(
    onReading('sensor', 'f', 'old'),
    functionNode('f', 'msg.payload.data.attrs.version = 1; return msg;', [['out']]),
    publishFor('out', 'virtual'),
    node('old', 'edgedetection', [[]], { rules: ['edge-up'] }),
  );
  flowId = (await world.flows.create('admin', { name: 'first', enabled: true, source }, 'tester')).id;
});

afterAll(() => world.stop());

const flowsAnswer = z.object({
  rev: z.string(),
  flows: z.array(z.looseObject({ id: z.string(), type: z.string(), z: z.string().exactOptional() })),
});

const load = async () => flowsAnswer.parse((await editor(world, 'GET', '/flows')).json);
const deploy = (body: unknown, type = 'full') =>
  editor(world, 'POST', '/flows', { body, more: { 'Node-RED-Deployment-Type': type } });

/** The last version a reading came out with. */
async function versionOf(n: number): Promise<unknown> {
  await world.say('sensor', { n });
  const said = await until(`reading ${n}`, async () =>
    (await world.said('virtual')).find(({ attrs }) => attrs.n === n),
  );
  return said.attrs.version;
}

const withVersion = (flows: FlowNode[], version: number) =>
  flows.map((one) =>
    one.type === 'function' ? { ...one, func: `msg.payload.data.attrs.version = ${version}; return msg;` } : one,
  );

describe('a request', () => {
  test('without a user, or with a user that is none, is refused', async () => {
    expect((await editor(world, 'GET', '/flows', { user: false })).status).toBe(401);
    for (const header of ['', 'admin', '{}', '{"username":"x"}', '{"username":"","permissions":"*"}']) {
      const answer = await editor(world, 'GET', '/flows', { user: false, more: { 'x-dojot-user': header } });
      expect(answer.status).toBe(401);
    }
    expect((await editor(world, 'GET', '/flows', { user: false, more: { authorization: 'Bearer x' } })).status).toBe(
      401,
    );
  });

  test('of a viewer may look and not deploy', async () => {
    const user = { username: 'viewer', permissions: 'read' };
    expect((await editor(world, 'GET', '/flows', { user })).status).toBe(200);
    expect((await editor(world, 'POST', '/flows', { user, body: [] })).status).toBe(401);
  });

  test('can install nothing and start nothing', async () => {
    expect((await editor(world, 'POST', '/nodes', { body: { module: 'x' } })).status).toBe(404);
    expect((await editor(world, 'POST', '/flows/state', { body: { state: 'stop' } })).status).toBe(404);
  });

  test('that is malformed is answered without a stack', async () => {
    const answer = await editor(world, 'POST', '/flows', {
      body: 'no list',
      more: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.json)).not.toMatch(/node_modules|at /);
  });
});

describe('a deploy', () => {
  test('takes effect, keeps unknown nodes as they are, and is a revision with its author', async () => {
    expect(await versionOf(1)).toBe(1);
    const { flows, rev } = await load();
    expect(flows.find(({ type }) => type === 'edgedetection')).toMatchObject({ rules: ['edge-up'] });
    expect((await deploy({ flows: withVersion(flows, 2), rev })).status).toBe(200);
    expect(await versionOf(2)).toBe(2);
    const stored = await world.flows.get('admin', flowId);
    expect(stored?.source).toContain('version = 2');
    expect(stored?.source).toContain('"type":"edgedetection"');
    expect(
      (await world.flows.revisions('admin')).some(({ author, from }) => author === 'admin' && from === 'editor'),
    ).toBe(true);
  });

  test.each<[string, (flows: FlowNode[]) => FlowNode[], RegExp]>([
    [
      'an unknown type',
      (flows) => [...flows, { id: 'n', type: 'nonsense', z: flows[0]?.id ?? '', x: 1, y: 1, wires: [] }],
      /not installed/,
    ],
    ['an id twice', (flows) => [...flows, ...flows.slice(-1)], /another node/],
    [
      'a wire to nowhere',
      (flows) => flows.map((one) => (one.type === 'function' ? { ...one, wires: [['gone']] } : one)),
      /wired to/,
    ],
  ])('with %s is refused with the reason, and the running flows stay', async (_, change, reason) => {
    const { flows, rev } = await load();
    const answer = await deploy({ flows: change(withVersion(flows, 99)), rev });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: expect.any(String), message: expect.stringMatching(reason) });
    expect((await load()).rev).toBe(rev);
    expect(await versionOf(Math.random())).toBe(2);
  });

  test('on an older state is refused', async () => {
    const { flows } = await load();
    expect((await deploy({ flows, rev: 'old' })).status).toBe(409);
  });

  test('of the API reaches the editor and the next message', async () => {
    const source = (await world.flows.get('admin', flowId))?.source.replace('version = 2', 'version = 3') ?? '';
    await world.flows.update('admin', flowId, { source }, 'tester');
    expect(await versionOf(3)).toBe(3);
    expect(JSON.stringify((await load()).flows)).toContain('version = 3');
  });

  test('called full leaves messages in nodes that did not change alone', async () => {
    const late = node('late', 'delay', [['out']], { pauseType: 'delay', timeout: '1', timeoutUnits: 'seconds' });
    const source = flow(onReading('sensor', 'late'), late, publishFor('out', 'virtual'));
    await world.flows.create('admin', { name: 'late', enabled: true, source }, 'tester');
    const before = (await world.said('virtual')).length;
    await world.say('sensor', { n: 4 });
    const { flows, rev } = await load();
    expect((await deploy({ flows: withVersion(flows, 4), rev })).status).toBe(200);
    await until('both results', async () => (await world.said('virtual')).length === before + 2);
    expect(await versionOf(5)).toBe(4);
  });
});

test('no flow of the API keeps the others from starting', async () => {
  const hostile = [
    node('a', 'subflow:nowhere', [[]]),
    node('b', 'constructor', [[]]),
    node('c', '__proto__', [[]]),
    node('d', 'hasOwnProperty', [[]]),
    node('e', 'unknown type x', [[]]),
    node('j', '', [[]]),
    node('long'.repeat(60), 'change', [[]], { rules: [] }),
    { ...functionNode('f', 'return msg;', [[]]), libs: [{ var: 'x', module: 'not-there' }] },
    { id: 'g', type: 'group', z: 't0', g: 'none', nodes: ['a'] },
    node('h', 'link in', [[]], { links: 'x' }),
    node('i', 'catch', [[]], { scope: 7 }),
  ];
  const created = await world.flows.create(
    'admin',
    { name: 'hostile', enabled: true, source: flow(...hostile) },
    'tester',
  );
  expect(await versionOf(6)).toBe(4);
  await world.restart();
  expect(await versionOf(7)).toBe(4);
  const { flows, rev } = await load();
  expect(flows.map(({ type }) => type)).toContain('unknown type subflow:nowhere');
  expect(await deploy({ flows: withVersion(flows, 5), rev })).toEqual({
    status: 200,
    json: { rev: expect.any(String) },
  });
  expect(await versionOf(8)).toBe(5);
  expect((await world.flows.get('admin', created.id))?.source).toContain('"subflow:nowhere"');
  await world.flows.remove('admin', created.id, 'tester');
});

test('credentials are kept by the platform and reach the node again', async () => {
  const { flows, rev } = await load();
  const tls = { id: 'tls1', type: 'tls-config', name: 'x', credentials: { passphrase: 'secret' } };
  expect((await deploy({ flows: [...flows, tls], rev })).status).toBe(200);
  expect(await world.flows.credentials('admin')).toEqual({ tls1: expect.objectContaining({ passphrase: 'secret' }) });
  await world.restart();
  const answer = await editor(world, 'GET', '/credentials/tls-config/tls1');
  expect(answer).toMatchObject({ status: 200, json: { has_passphrase: true } });
});

test('the library keeps what people put there', async () => {
  const saved = await editor(world, 'POST', '/library/local/functions/math/twice.js', {
    body: { name: 'twice', text: 'return 2;' },
  });
  expect(saved.status).toBe(204);
  const folder = await editor(world, 'GET', '/library/local/functions/math');
  expect(folder.json).toEqual([expect.objectContaining({ fn: 'twice.js' })]);
  expect((await editor(world, 'GET', '/library/local/functions/')).json).toEqual(['math']);
  expect((await editor(world, 'GET', '/library/local/functions/none')).status).toBe(404);
});
