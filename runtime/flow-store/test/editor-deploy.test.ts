import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FlowNode } from '../flow-store.ts';
import { editorExport } from './support/editor.ts';
import { flowTypes, greenhouse } from './support/flows.ts';
import { createRandom } from './support/random.ts';
import { type Bench, openBench } from './support/stores.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const random = createRandom(1);
const create = (source: string, { name = 'pots', enabled = true } = {}) =>
  bench.flows.create('admin', { name, enabled, source }, 'ann');
const nodes = async () => (await bench.flows.runnable('admin')).nodes;
const deploy = (deployed: readonly FlowNode[]) =>
  bench.flows.saveFromEditor('admin', deployed, { author: 'bob', knownTypes: flowTypes });
const edited = async (change: (node: FlowNode) => FlowNode) =>
  editorExport(await nodes(), { random, dropped: new Set(['fieldType']) }).map(change);
const flowOf = async (id: string) => {
  const flow = await bench.flows.get('admin', id);
  const elements: unknown = JSON.parse(flow?.source ?? '[]');
  return { ...flow, elements: Array.isArray(elements) ? elements : [] };
};

describe('a deploy from the editor', () => {
  test('leaves a flow that was not touched byte for byte, with its time', async () => {
    const before = await create(greenhouse);
    await deploy(await edited((node) => node));
    expect(await bench.flows.get('admin', before.id)).toEqual(before);
    expect((await bench.flows.revisions('admin')).map(({ number, author, from }) => [number, author, from])).toEqual([
      [2, 'bob', 'editor'],
      [1, 'ann', 'api'],
    ]);
  });

  test('changes what was changed and keeps the words of the author elsewhere', async () => {
    const { id } = await create(greenhouse);
    const other = await create(greenhouse, { name: 'other' });
    const { tab } = await tabOf(id);
    await deploy(await edited((node) => (node.id === `${tab}.n2` ? { ...node, name: 'dry?', x: 240 } : node)));
    const flow = await flowOf(id);
    const source: unknown[] = JSON.parse(greenhouse);
    const expected = source.map((element, index) =>
      index === 2 ? Object.assign({}, element, { name: 'dry?', x: 240 }) : element,
    );
    expect(flow.elements).toEqual(expected);
    expect(Number(flow.updated)).toBeGreaterThan(Number(flow.created));
    expect(await bench.flows.get('admin', other.id)).toEqual(other);
  });

  test('keeps the nodes of two flows with the same ids apart', async () => {
    await create(greenhouse);
    const second = await create(greenhouse, { name: 'more pots' });
    const all = await nodes();
    expect(new Set(all.map(({ id }) => id)).size).toBe(14);
    const { tab } = await tabOf(second.id);
    await deploy(all.filter((node) => node.id !== tab && node.z !== tab));
    expect((await bench.flows.list('admin')).map(({ name }) => name)).toEqual(['pots']);
  });

  test('takes a node that was drawn and one that was removed', async () => {
    const { id } = await create(greenhouse);
    const { tab } = await tabOf(id);
    const drawn = { id: 'f00', type: 'switch', z: tab, name: '', rules: [], x: 9, y: 9, wires: [[`${tab}.n3`]] };
    const left = (await edited(rewire(`${tab}.n5`, `${tab}.n6`))).filter((node) => node.id !== `${tab}.n6`);
    const saved = await deploy([...left, drawn]);
    expect(saved.nodes.find((node) => node.id === 'f00')).toEqual(drawn);
    const { elements } = await flowOf(id);
    expect(elements.map((element) => element.id)).toEqual(['t0', 'n1', 'n2', 'n3', 'n4', 'n5', 'f00']);
    expect(elements[6]).toEqual({ ...drawn, z: 't0', wires: [['n3']], semantics: 'node-red' });
    expect(elements[5]).toMatchObject({ fieldType: 'msg', wires: [[]] });
  });

  test('gives dojot and Node-RED meaning back through a round trip of the REST face', async () => {
    const { id } = await create(greenhouse);
    const { tab } = await tabOf(id);
    await deploy([...(await nodes()), { id: 'f00', type: 'template', z: tab, x: 9, y: 9, wires: [[]] }]);
    const { source = '' } = await flowOf(id);
    await bench.flows.update('admin', id, { source: `${source} ` }, 'ann');
    const templates = (await nodes()).filter(({ type }) => type === 'template');
    expect(templates.map(({ semantics }) => semantics)).toEqual(['dojot', 'node-red']);
  });

  test('makes a flow of a tab that was drawn, with the ids of the editor, and deploys it again unchanged', async () => {
    const drawn: FlowNode[] = [
      { id: 'a1', type: 'tab', label: 'drawn', disabled: true, info: '', env: [] },
      { id: 'b1', type: 'inject', z: 'a1', name: '', x: 1, y: 2, wires: [['b2']] },
      { id: 'b2', type: 'change', z: 'a1', name: '', rules: [], x: 3, y: 4, wires: [[]] },
    ];
    const { flowIds } = await deploy(drawn);
    const [flow] = await bench.flows.list('admin');
    expect(flow).toMatchObject({ name: 'drawn', enabled: false, id: flowIds.a1 });
    expect(flow?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(await nodes()).toEqual(drawn);
    await deploy(await edited((node) => node));
    expect(await bench.flows.list('admin')).toEqual([flow]);
    const { source = '' } = flow ?? {};
    await bench.flows.update('admin', flow?.id ?? '', { enabled: true, source }, 'ann');
    expect((await nodes())[0]).toMatchObject({ id: 'a1', disabled: false });
    expect((await nodes())[1]).toEqual(drawn[1]);
  });

  test('leaves drawn nodes their ids, and so their credentials, when the flow comes back over REST', async () => {
    const drawn: FlowNode[] = [
      { id: 'a1', type: 'tab', label: 'drawn', disabled: false },
      { id: 'b1', type: 'inject', z: 'a1', name: '', x: 1, y: 2, wires: [['b2']] },
      { id: 'b2', type: 'debug', z: 'a1', name: '', x: 3, y: 4, wires: [] },
    ];
    await deploy(drawn);
    const [{ id, source } = { id: '', source: '' }] = await bench.flows.list('admin');
    const more = [
      { id: 'a1~2', type: 'debug', z: 'a1', x: 5, y: 6, wires: [] },
      { id: 'c', type: 'debug', z: 'a1', x: 7, y: 8, wires: [['b2']] },
    ];
    const sent = JSON.stringify([...JSON.parse(source), ...more], null, 1);
    await bench.flows.update('admin', id, { source: sent }, 'ann');
    const expected = [...drawn.map(({ id: one }) => one), 'a1.a1~2', 'a1.c'];
    for (const flows of [bench.flows, await bench.another()]) {
      const { nodes: shown } = await flows.runnable('admin');
      expect(shown.map((node) => node.id)).toEqual(expected);
      expect(shown.at(-1)).toMatchObject({ wires: [['b2']], z: 'a1' });
      expect((await flows.get('admin', id))?.source).toBe(sent);
    }
  });

  test('renames a flow with its tab', async () => {
    const { id } = await create(greenhouse);
    await deploy(await edited((node) => (node.type === 'tab' ? { ...node, label: 'vases' } : node)));
    expect(await flowOf(id)).toMatchObject({ name: 'vases', elements: [{ label: 'vases' }, {}, {}, {}, {}, {}, {}] });
  });

  test('switches a flow off and on with its tab without touching its source', async () => {
    const { id } = await create(greenhouse);
    const switched = (disabled: boolean) => edited((node) => (node.type === 'tab' ? { ...node, disabled } : node));
    await deploy(await switched(true));
    expect(await flowOf(id)).toMatchObject({ enabled: false, source: greenhouse });
    expect((await nodes())[0]?.disabled).toBe(true);
    await deploy(await switched(false));
    expect(await flowOf(id)).toMatchObject({ enabled: true, source: greenhouse });
  });

  test('switching a tab on takes its disabled mark out of the source', async () => {
    const { id } = await create('[{"id":"t","type":"tab","disabled":true}]');
    expect((await nodes())[0]?.disabled).toBe(true);
    await deploy(await edited((node) => ({ ...node, disabled: false })));
    expect(await flowOf(id)).toMatchObject({ enabled: true, elements: [{ id: 't', disabled: false }] });
    expect((await nodes())[0]?.disabled).toBe(false);
  });

  test('lets a node without wires stay unexecuted until somebody enables it', async () => {
    const source =
      '[{"id":"t","type":"tab"},{"id":"a","type":"event device in","x":5,"y":5},{"id":"b","type":"debug","x":7,"y":5,"wires":[]}]';
    const { id } = await create(source);
    const { tab } = await tabOf(id);
    await deploy(await edited((node) => (node.id === `${tab}.b` ? { ...node, x: 70 } : node)));
    expect((await flowOf(id)).elements[1]).toEqual({ id: 'a', type: 'event device in', x: 5, y: 5, z: 't' });
    const enable = ({ d: _d, ...node }: FlowNode): FlowNode => node;
    await deploy(await edited((node) => (node.id === `${tab}.a` ? enable({ ...node, wires: [[`${tab}.b`]] }) : node)));
    expect((await flowOf(id)).elements[1]).toMatchObject({ id: 'a', wires: [['b']] });
    expect((await nodes()).find((node) => node.id === `${tab}.a`)).not.toHaveProperty('d');
  });

  test('keeps configuration nodes and subflows of the tenant beside the flows', async () => {
    const globals: FlowNode[] = [
      { id: 's1', type: 'subflow', name: 'twice', in: [], out: [] },
      { id: 's2', type: 'debug', z: 's1', x: 1, y: 1, wires: [] },
      { id: 'k1', type: 'tls-config', name: 'key' },
    ];
    const tab: FlowNode = { id: 'a1', type: 'tab', label: 'x', disabled: false };
    const use: FlowNode = { id: 'u1', type: 'subflow:s1', z: 'a1', x: 2, y: 2, wires: [] };
    await deploy([tab, ...globals, use]);
    expect((await bench.flows.list('admin')).map(({ source }) => JSON.parse(source).length)).toEqual([2]);
    expect(await nodes()).toEqual([tab, use, ...globals]);
    await bench.flows.removeAll('admin', 'ann');
    expect(await nodes()).toEqual(globals);
  });

  test('moves a node from one flow to another', async () => {
    const one = await create('[{"id":"t","type":"tab"},{"id":"a","type":"debug","z":"t","x":1,"y":1,"wires":[]}]');
    const two = await create('[{"id":"t","type":"tab"},{"id":"a","type":"debug","z":"t","x":1,"y":1,"wires":[]}]');
    const [from, to] = [(await tabOf(one.id)).tab, (await tabOf(two.id)).tab];
    await deploy(await edited((node) => (node.z === from ? { ...node, z: to } : node)));
    expect((await flowOf(one.id)).elements).toHaveLength(1);
    expect(new Set((await flowOf(two.id)).elements.map((element) => element.id)).size).toBe(3);
    const saved = await nodes();
    await deploy(await edited((node) => node));
    expect(await nodes()).toEqual(saved);
  });

  test('keeps the order of the tabs', async () => {
    for (const name of ['a', 'b', 'c']) await create(greenhouse, { name });
    const all = await nodes();
    await deploy([
      ...all.filter(({ type }) => type === 'tab').toReversed(),
      ...all.filter(({ type }) => type !== 'tab'),
    ]);
    expect((await bench.flows.list('admin')).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });
});

/** Cuts the wires from one node to another. */
const rewire = (from: string, to: string) => (node: FlowNode) =>
  node.id === from && Array.isArray(node.wires)
    ? { ...node, wires: node.wires.map((output: unknown[]) => output.filter((id) => id !== to)) }
    : node;

async function tabOf(flowId: string): Promise<{ tab: string }> {
  const { flowIds } = await bench.flows.runnable('admin');
  const [tab = ''] = Object.entries(flowIds).find(([, id]) => id === flowId) ?? [];
  return { tab };
}
