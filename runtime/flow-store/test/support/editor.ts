/**
 * What the editor of Node-RED 5 makes of nodes between loading and deploying them: properties re-ordered, those outside
 * the definition dropped, absent ones filled with defaults, outputs padded, coordinates as numbers.
 */
import type { FlowNode } from '../../flow-store.ts';
import type { Random } from './random.ts';

const always = ['id', 'type', 'z', 'd', 'g', 'x', 'y', 'wires', 'info', 'l', 'icon', 'inputLabels', 'outputLabels'];

/** `dropped`: property names no definition has; `random` shuffles. */
export function editorExport(
  nodes: readonly FlowNode[],
  { random, dropped = new Set<string>() }: { readonly random: Random; readonly dropped?: ReadonlySet<string> },
): FlowNode[] {
  const exported = nodes.map((node) => exportedNode(node, dropped, random));
  const tabs = exported.filter(({ type }) => type === 'tab');
  return [...tabs, ...random.shuffle(exported.filter(({ type }) => type !== 'tab'))];
}

function exportedNode(node: FlowNode, dropped: ReadonlySet<string>, random: Random): FlowNode {
  const kept = Object.entries(node).filter(([key]) => always.includes(key) || !dropped.has(key));
  const shown = Object.fromEntries(random.shuffle(kept).map(([key, value]) => [key, fromForm(key, value)]));
  const filled = node.type === 'tab' ? { info: '', env: [] } : { name: '', tags: [], ...paddedOutputs(node) };
  const text: unknown = JSON.parse(JSON.stringify({ ...filled, ...shown, ...paddedOutputs(node) }));
  return Object.assign({ id: node.id, type: node.type }, text);
}

/** A definition with one output shows `[[]]` where the flow has `[]`. */
function paddedOutputs({ wires }: FlowNode): { wires?: unknown[] } {
  if (!Array.isArray(wires)) return {};
  return { wires: wires.length === 0 ? [[]] : wires };
}

const fromForm = (key: string, value: unknown) => (key === 'outputs' ? Number.parseInt(String(value), 10) : value);
