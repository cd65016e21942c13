/** Places for nodes whose author gave none: columns along the wires, below everything that has a place. */
import type { FlowNode } from './flow-store.ts';

const column = 200;
const row = 60;
const margin = 100;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Canvas pixels by node id, for the given nodes of one canvas; `bottom` is the lowest place in use. */
export function layOut(nodes: readonly FlowNode[], bottom: number): ReadonlyMap<string, Place> {
  const depths = depthsOf(nodes);
  const used = new Map<number, number>();
  return new Map(
    nodes.map(({ id }) => {
      const depth = depths.get(id) ?? 0;
      const rank = used.get(depth) ?? 0;
      used.set(depth, rank + 1);
      return [id, { x: margin + column * depth, y: bottom + margin + row * rank }];
    }),
  );
}

/** Steps from the nodes that nothing is wired to; nodes on a loop without such a beginning start at 0. */
function depthsOf(nodes: readonly FlowNode[]): Map<string, number> {
  const targets = new Map(nodes.map((node) => [node.id, targetsOf(node)]));
  const wired = new Set([...targets.values()].flat());
  const depths = new Map<string, number>();
  const begins = nodes.filter(({ id }) => !wired.has(id));
  for (const begin of [...begins, ...nodes]) {
    if (!depths.has(begin.id)) spread(begin.id, targets, depths);
  }
  return depths;
}

function spread(begin: string, targets: ReadonlyMap<string, readonly string[]>, depths: Map<string, number>): void {
  depths.set(begin, 0);
  const waiting = [begin];
  for (const id of waiting) {
    for (const target of targets.get(id) ?? []) {
      if (depths.has(target) || !targets.has(target)) continue;
      depths.set(target, (depths.get(id) ?? 0) + 1);
      waiting.push(target);
    }
  }
}

/** Ids of the nodes a node is wired to. */
export function targetsOf(node: FlowNode): string[] {
  return Array.isArray(node.wires) ? node.wires.flat().filter((id): id is string => typeof id === 'string') : [];
}
