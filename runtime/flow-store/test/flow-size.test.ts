import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mostOfFlow, mostOfTenant } from '../flow-size.ts';
import type { FlowNode } from '../flow-store.ts';
import { flowTypes } from './support/flows.ts';
import { type Bench, openBench } from './support/stores.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const create = (source: string) => bench.flows.create('admin', { name: 'big', enabled: true, source }, 'ann');
const comments = (count: number) => `[${Array(count).fill('{"type":"comment"}').join()}]`;
const deploy = (nodes: readonly FlowNode[]) =>
  bench.flows.saveFromEditor('admin', nodes, { author: 'ann', knownTypes: flowTypes });
const tooLarge = { status: 400, code: 'INVALID_FLOW', detail: { reason: expect.stringMatching(/may have/) } };

test('a flow has at most so many elements and values', async () => {
  await expect(create(comments(mostOfFlow.elements + 1))).rejects.toMatchObject(tooLarge);
  await expect(create(`[{"type":"a","list":[${'0,'.repeat(mostOfFlow.parts)}0]}]`)).rejects.toMatchObject(tooLarge);
  expect(await bench.flows.revisions('admin')).toEqual([]);
});

test('the flows of a tenant have at most so many elements together, and those of others do not count', async () => {
  // Each has a tab, too.
  for (let used = 0; used + mostOfFlow.elements <= mostOfTenant.elements; used += mostOfFlow.elements) {
    await create(comments(mostOfFlow.elements - 1));
  }
  await expect(create('[]')).rejects.toMatchObject(tooLarge);
  await bench.flows.create('other', { name: 'small', enabled: true, source: '[]' }, 'ann');
  const [flow] = await bench.flows.list('admin');
  await bench.flows.update('admin', flow?.id ?? '', { source: '[]', name: 'smaller' }, 'ann');
  await create('[]');
});

test('the flows of a tenant have at most so many characters together', async () => {
  const source = `[{"type":"comment","info":"${'x'.repeat(mostOfTenant.characters / 2)}"}]`;
  await create(source);
  await expect(create(source)).rejects.toMatchObject(tooLarge);
});

test('a deploy of more than that is refused', async () => {
  const tab: FlowNode = { id: 't', type: 'tab', label: 'drawn' };
  const drawn = Array.from({ length: mostOfTenant.elements }, (_, n) => ({ ...tab, id: `t${n}` }));
  await expect(deploy([...drawn, tab])).rejects.toMatchObject({ status: 400, code: 'FLOWS_TOO_LARGE' });
  const crowded = Array.from({ length: mostOfFlow.elements }, (_, n) => ({
    id: `c${n}`,
    type: 'comment',
    z: 't',
    wires: [],
  }));
  await expect(deploy([tab, ...crowded])).rejects.toMatchObject({ status: 400, code: 'FLOWS_TOO_LARGE' });
  expect(await bench.flows.revisions('admin')).toEqual([]);
  await deploy([tab, ...crowded.slice(1)]);
});
