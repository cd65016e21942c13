import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { flowTypes, greenhouse } from './support/flows.ts';
import { type Bench, openBench } from './support/stores.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const pots = { name: 'pots', enabled: true, source: greenhouse };

describe('the flows of a tenant', () => {
  test('are none before the first save', async () => {
    expect(await bench.flows.list('admin')).toEqual([]);
    expect(await bench.flows.runnable('admin')).toEqual({ revision: 0, nodes: [], flowIds: {} });
    expect(await bench.flows.tenants()).toEqual([]);
    expect(await bench.flows.revision('admin', 1)).toBeUndefined();
  });

  test('give back what was sent, byte for byte, also to another process', async () => {
    const flow = await bench.flows.create('admin', pots, 'ann');
    expect(flow).toMatchObject({ ...pots, created: flow.updated });
    expect(await (await bench.another()).get('admin', flow.id)).toEqual(flow);
    expect(await bench.flows.get('other', flow.id)).toBeUndefined();
    expect(await bench.flows.tenants()).toEqual(['admin']);
  });

  test('change only what is asked', async () => {
    const { id, created } = await bench.flows.create('admin', pots, 'ann');
    const changed = await bench.flows.update('admin', id, { enabled: false }, 'ann');
    expect(changed).toMatchObject({ ...pots, enabled: false, created });
    expect(changed?.updated).toBeGreaterThan(created);
    expect((await bench.flows.runnable('admin')).nodes[0]).toMatchObject({ label: 'pots', disabled: true });
    expect(await bench.flows.update('admin', 'nobody', { name: 'x' }, 'ann')).toBeUndefined();
    expect(await bench.flows.remove('admin', id, 'ann')).toEqual(changed);
    expect(await bench.flows.remove('admin', id, 'ann')).toBeUndefined();
  });

  test('a source that is no flow stores nothing', async () => {
    await expect(bench.flows.create('admin', { ...pots, source: '[{}]' }, 'ann')).rejects.toMatchObject({
      status: 400,
    });
    expect(await bench.flows.revisions('admin')).toEqual([]);
  });

  test('every save is a revision that can be looked at later', async () => {
    const { id } = await bench.flows.create('admin', pots, 'ann');
    const first = await bench.flows.runnable('admin');
    await bench.flows.update('admin', id, { source: '[]' }, 'bob');
    expect(await bench.flows.revision('admin', 1)).toEqual(first);
    expect(await (await bench.another()).revision('admin', 1)).toEqual(first);
    const revisions = await bench.flows.revisions('admin');
    expect(revisions.map(({ number, author }) => [number, author])).toEqual([
      [2, 'bob'],
      [1, 'ann'],
    ]);
  });

  test('concurrent saves of two processes all count', async () => {
    const both = [bench.flows, await bench.another()];
    const saves = Array.from({ length: 20 }, (_, i) =>
      both[i % 2]?.create('admin', { ...pots, name: `flow ${i}` }, 'ann'),
    );
    await Promise.all(saves);
    for (const flows of both) expect(await flows.list('admin')).toHaveLength(20);
    expect((await bench.flows.revisions('admin')).map(({ number }) => number)).toEqual(
      Array.from({ length: 20 }, (_, i) => 20 - i),
    );
  });

  test('an editor that looked at an older revision is refused and nothing is stored', async () => {
    await bench.flows.create('admin', pots, 'ann');
    await (await bench.another()).create('admin', pots, 'bob');
    const save = { author: 'eve', knownTypes: flowTypes, basedOn: 1 };
    await expect(bench.flows.saveFromEditor('admin', [], save)).rejects.toMatchObject({
      code: 'FLOWS_OUTDATED',
      status: 409,
    });
    expect(await bench.flows.list('admin')).toHaveLength(2);
  });

  test('a refused deploy stores nothing', async () => {
    const { nodes } = await bench.flows.runnable('admin');
    const bad = { id: 'a', type: 'email', wires: [] };
    const deploy = bench.flows.saveFromEditor('admin', [...nodes, bad], { author: 'eve', knownTypes: flowTypes });
    await expect(deploy).rejects.toMatchObject({ code: 'UNKNOWN_NODE_TYPE' });
    expect(await bench.flows.revisions('admin')).toEqual([]);
  });

  test('an API save waits for its listeners and survives one that fails; an editor save tells nobody', async () => {
    const heard: number[] = [];
    bench.flows.onApiSave(async (_tenant, { revision }) => {
      heard.push(revision);
    });
    bench.flows.onApiSave(async () => {
      throw new Error('no runtime');
    });
    await bench.flows.create('admin', pots, 'ann');
    expect(heard).toEqual([1]);
    expect(bench.errors).toHaveLength(1);
    await bench.flows.saveFromEditor('admin', [], { author: 'ann', knownTypes: flowTypes });
    await bench.flows.removeAll('admin', 'ann');
    expect(heard).toEqual([1]);
  });

  test('a listener may save, as a deploy into a running tenant does', async () => {
    bench.flows.onApiSave(async (tenant, { nodes }) => {
      await bench.flows.saveFromEditor(tenant, nodes, { author: 'runtime', knownTypes: flowTypes });
    });
    await bench.flows.saveFromEditor('admin', [], { author: 'ann', knownTypes: flowTypes });
    await bench.flows.create('admin', { ...pots, source: '[]' }, 'ann');
    expect(await bench.flows.revisions('admin')).toHaveLength(3);
  });

  test('a damaged text is found out', async () => {
    await bench.flows.create('admin', pots, 'ann');
    const texts = await bench.store.collection<{ id: string; text: string }>('flow-texts');
    for (const { document } of await texts.find('admin')) await texts.put('admin', { ...document, text: '[ ]' });
    await expect((await bench.another()).list('admin')).rejects.toMatchObject({ code: 'CONTENT_DAMAGED' });
  });
});

describe('credentials of nodes', () => {
  const secret = { n1: { password: 'sesame' } };
  const deploy = (credentials: Record<string, unknown> | undefined, flows = bench.flows) =>
    flows.saveFromEditor('admin', [], { author: 'ann', knownTypes: flowTypes, credentials });

  test('come back as saved and lie encrypted in the store', async () => {
    expect(await bench.flows.credentials('admin')).toEqual({});
    await deploy(secret);
    expect(await (await bench.another()).credentials('admin')).toEqual(secret);
    const stored = await (await bench.store.collection('flow-texts')).find('admin');
    expect(stored).not.toHaveLength(0);
    expect(JSON.stringify(stored)).not.toContain('sesame');
  });

  test('inside the JSON of a flow are sealed, not shown, and known to what runs', async () => {
    const told: unknown[] = [];
    bench.flows.onApiSave(async (_tenant, { nodes }) => {
      told.push(nodes.map(({ credentials }) => credentials));
    });
    const source = (password: string, more = '') =>
      `[{"id":"t","type":"tab"},{"id":"h","type":"http request","z":"t","wires":[],"credentials":{"user":"u","password":"${password}"}}${more}]`;
    const { id } = await bench.flows.create('admin', { ...pots, source: source('one') }, 'ann');
    const { nodes, flowIds } = await bench.flows.runnable('admin');
    const [tab] = Object.keys(flowIds);
    expect(JSON.stringify(nodes)).not.toContain('one');
    expect(await bench.flows.credentials('admin')).toEqual({ [`${tab}.h`]: { user: 'u', password: 'one' } });
    expect((await bench.flows.get('admin', id))?.source).toBe(source('one'));

    // Replaced in the editor; a change elsewhere in the flow does not bring the old ones back.
    const edited = { [`${tab}.h`]: { user: 'u', password: 'edited' } };
    const save = { author: 'ann', knownTypes: flowTypes, credentials: edited };
    await bench.flows.saveFromEditor('admin', nodes, save);
    await bench.flows.update('admin', id, { source: source('one', ',{"id":"c","type":"comment"}') }, 'ann');
    expect(await bench.flows.credentials('admin')).toEqual(edited);
    await bench.flows.update('admin', id, { source: source('two') }, 'ann');
    expect(await (await bench.another()).credentials('admin')).toMatchObject({ [`${tab}.h`]: { password: 'two' } });
    expect(told).toEqual([
      [undefined, { user: 'u', password: 'one' }],
      [undefined, undefined, undefined],
      [undefined, { user: 'u', password: 'two' }],
    ]);
  });

  test('stay when flows are saved without them', async () => {
    await deploy(secret);
    await deploy(undefined);
    await bench.flows.create('admin', pots, 'ann');
    expect(await bench.flows.credentials('admin')).toEqual(secret);
    expect(await (await bench.another()).credentials('admin')).toEqual(secret);
  });

  test('are not stored with flows that are refused', async () => {
    await deploy(secret);
    const save = { author: 'ann', knownTypes: flowTypes, credentials: {} };
    await expect(bench.flows.saveFromEditor('admin', [], { ...save, basedOn: 0 })).rejects.toMatchObject({
      status: 409,
    });
    expect(await bench.flows.credentials('admin')).toEqual(secret);
  });

  test('with another key are neither read nor overwritten', async () => {
    await deploy(secret);
    const stranger = await bench.another({ key: Buffer.alloc(32, 9) });
    await expect(stranger.credentials('admin')).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    await expect(deploy({}, stranger)).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    expect(await bench.flows.revisions('admin')).toHaveLength(1);
    expect(await bench.flows.credentials('admin')).toEqual(secret);
  });
});

test("Node-RED's own state is kept by name, whatever its property names", async () => {
  expect(await bench.flows.runtimeState('admin', 'settings')).toBeUndefined();
  await bench.flows.saveRuntimeState('admin', 'settings', { 'a.b': { $c: 1 } });
  expect(await bench.flows.runtimeState('admin', 'settings')).toEqual({ 'a.b': { $c: 1 } });
});
