import { expect, test } from '@jest/globals';
import { checkDeploy } from '../deploy-check.ts';
import { readFlow } from '../dojot-reader.ts';
import { applyDeploy } from '../editor-deploy.ts';
import { editorView } from '../editor-view.ts';
import type { Snapshot, StoredFlow } from '../flow-content.ts';
import { editorExport } from './support/editor.ts';
import { flowTypes } from './support/flows.ts';
import { createRandom, type Random } from './support/random.ts';

const needs = { now: 2, newId: () => 'new' };

test.each(Array.from({ length: 60 }, (_, seed) => [seed + 1]))(
  'random flows survive editor and API, seed %i',
  (seed) => {
    const random = createRandom(seed);
    const flows = Array.from({ length: 1 + random.below(3) }, (_, index) => randomFlow(random, index));
    const loaded: Snapshot = { number: 1, flows, globals: [] };
    const given = editorView(loaded).nodes;

    const back = editorExport(given, { random, dropped: new Set(['odd.$name', 'semantics']) });
    const known = new Map(given.map((node) => [node.id, node]));
    const untouched = applyDeploy(checkDeploy(back, flowTypes, known), loaded, needs);
    expect(untouched.flows.map(({ source }) => source)).toEqual(flows.map(({ source }) => source));
    expect(untouched.flows.every(({ updated }) => updated === 1)).toBe(true);

    // Touch every tab, then read the written source anew: it must mean what the editor shows.
    const touched = back.map((node) => (node.type === 'tab' ? { ...node, info: 'seen' } : node));
    const written = applyDeploy(touched, loaded, needs);
    for (const flow of written.flows) {
      const read = readFlow({ tabId: flow.tabId, source: flow.source });
      expect(byId(read.nodes)).toEqual(byId(flow.face.nodes));
    }
    expect(editorView({ number: 2, ...written }).nodes.filter(({ type }) => type !== 'tab')).toEqual(
      expect.arrayContaining(
        given.filter(({ type }) => type !== 'tab').map(({ id }) => expect.objectContaining({ id })),
      ),
    );
  },
);

/** By id, without what the editor's defaults add and nobody set. */
function byId(nodes: StoredFlow['face']['nodes']) {
  return Object.fromEntries(
    nodes.map(({ tags: _tags, env: _env, label: _label, name, outputs, ...node }) => [
      node.id,
      {
        ...node,
        name: name || '',
        ...(outputs === undefined ? {} : { outputs: Number(outputs) }),
        wires: usedWires(node.wires),
      },
    ]),
  );
}

const usedWires = (wires: unknown) =>
  Array.isArray(wires) ? wires.slice(0, wires.findLastIndex((output) => output.length > 0) + 1) : [];

function randomFlow(random: Random, index: number): StoredFlow {
  const ids = Array.from({ length: 1 + random.below(8) }, (_, i) => (random.chance(0.1) ? 'twice' : `n${i}`));
  const elements = ids.map((id) => ({
    ...(random.chance(0.9) ? { id } : {}),
    type: random.pick(['switch', 'change', 'template', 'debug', 'event device in', 'email']),
    ...(random.chance(0.8) ? { z: random.pick(['t', 'gone']) } : {}),
    ...(random.chance(0.8) ? { x: random.pick([0, 40, '120', 33.5]), y: random.below(300) } : {}),
    ...(random.chance(0.85) ? { wires: randomWires(random, ids) } : {}),
    ...(random.chance(0.3) ? { name: random.pick(['', 'ä "quoted" \u2028 name']) } : {}),
    ...(random.chance(0.2) ? { d: random.pick([true, false, 'true']) } : {}),
    ...(random.chance(0.3) ? { outputs: random.pick([1, '2']) } : {}),
    ...(random.chance(0.3) ? { 'odd.$name': { deep: [1, null] } } : {}),
    ...(random.chance(0.2) ? { semantics: 'node-red' } : {}),
    ...(random.chance(0.1) ? { g: 'nogroup' } : {}),
  }));
  const tab = { id: 't', type: 'tab', label: 'Flow 1', ...(random.chance(0.2) ? { disabled: true } : {}) };
  const source = JSON.stringify(random.chance(0.9) ? [tab, ...elements] : elements, undefined, random.below(3));
  const tabId = `000000000000000${index}`;
  const facts = { id: `flow ${index}`, tabId, name: 'made', enabled: random.chance(0.8), created: 1, updated: 1 };
  return { ...facts, source, face: readFlow({ tabId, source }), drawn: false };
}

function randomWires(random: Random, ids: readonly string[]): unknown[] {
  return Array.from({ length: random.below(3) }, () =>
    Array.from({ length: random.below(3) }, () => random.pick([...ids, 'nowhere'])),
  );
}
