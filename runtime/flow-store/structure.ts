/**
 * Structures on which Node-RED 5 never finishes a start: a group whose parent group is missing or inside it, and a
 * subflow that contains itself. The reader takes them apart, a deploy that brings them is refused.
 */
import { subflowOf } from './flow-content.ts';
import type { FlowNode } from './flow-store.ts';

/** More groups inside each other than anybody draws. */
const deepestGroup = 100;

/** Whether the node's group exists on the same canvas and the chain of groups above it ends. */
export function hasSoundGroup(node: FlowNode, byId: ReadonlyMap<string, FlowNode>): boolean {
  const seen = new Set<string>([node.id]);
  for (let inner = node; inner.g !== undefined; ) {
    const group = typeof inner.g === 'string' ? byId.get(inner.g) : undefined;
    if (group?.type !== 'group' || group.z !== node.z || seen.has(group.id) || seen.size > deepestGroup) return false;
    seen.add(group.id);
    inner = group;
  }
  return true;
}

/** Ids of the instances that lie inside a subflow and stand for one that never ends: it contains itself, near or far. */
export function endlessInstances(nodes: readonly FlowNode[]): ReadonlySet<string> {
  const instances = nodes.filter(({ type }) => subflowOf(type) !== undefined);
  const endless = subflowsWithoutEnd(nodes, instances);
  return new Set(
    instances
      .filter(({ z, type }) => z !== undefined && endless.has(z) && endless.has(subflowOf(type) ?? ''))
      .map(({ id }) => id),
  );
}

/** Takes away subflows that contain none that is left, until no more can go (topological order; linear time). */
function subflowsWithoutEnd(nodes: readonly FlowNode[], instances: readonly FlowNode[]): Set<string> {
  const left = new Set(nodes.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  const inner = new Map(Array.from(left, (id) => [id, 0]));
  const holders = new Map<string, string[]>();
  for (const { z, type } of instances) {
    const subflow = subflowOf(type) ?? '';
    const count = z === undefined ? undefined : inner.get(z);
    if (z === undefined || count === undefined || !left.has(subflow)) continue;
    inner.set(z, count + 1);
    const of = holders.get(subflow);
    if (of) of.push(z);
    else holders.set(subflow, [z]);
  }
  const ending = Array.from(left).filter((id) => inner.get(id) === 0);
  for (const id of ending) {
    left.delete(id);
    for (const holder of holders.get(id) ?? []) {
      const rest = (inner.get(holder) ?? 0) - 1;
      inner.set(holder, rest);
      if (rest === 0) ending.push(holder);
    }
  }
  return left;
}
