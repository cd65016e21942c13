/** Where a node names other nodes: the one list of such places, used in both directions. */
import { type FlowElement, subflowOf } from './flow-content.ts';

/** The new id for one found in a node; undefined leaves it as it is. */
export type Rename = (id: string) => string | undefined;

/**
 * A copy of the node in which every reference is renamed: wires, links, group, canvas, scope, group members, ends of a
 * subflow, its instances, and properties that hold the id of a configuration node. The node's own `id` stays.
 */
export function renameReferences(node: FlowElement, rename: Rename, isConfig: (id: string) => boolean): FlowElement {
  const one = (value: unknown) => (typeof value === 'string' ? (rename(value) ?? value) : value);
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, renamed(node, key, value, one, isConfig)]),
  );
}

type RenameOne = (value: unknown) => unknown;

function renamed(
  node: FlowElement,
  key: string,
  value: unknown,
  one: RenameOne,
  isConfig: (id: string) => boolean,
): unknown {
  switch (key) {
    case 'id':
    case 'name':
    case 'label':
      return value;
    case 'z':
    case 'g':
      return one(value);
    case 'type':
      return renamedType(value, one);
    case 'wires':
      return each(value, (output) => each(output, one));
    case 'links':
    case 'scope':
      return each(value, one);
    case 'nodes':
      return node.type === 'group' ? each(value, one) : value;
    case 'in':
    case 'out':
      return node.type === 'subflow' ? each(value, (end) => renamedEnd(end, one)) : value;
    case 'status':
      return node.type === 'subflow' ? renamedEnd(value, one) : value;
    default:
      return typeof value === 'string' && isConfig(value) ? one(value) : value;
  }
}

const each = (value: unknown, change: RenameOne): unknown => (Array.isArray(value) ? value.map(change) : change(value));

function renamedType(type: unknown, one: RenameOne): unknown {
  const subflow = subflowOf(type);
  return subflow === undefined ? type : `subflow:${String(one(subflow))}`;
}

/** A port of a subflow: `{x, y, wires: [{id, port}]}`. */
function renamedEnd(end: unknown, one: RenameOne): unknown {
  if (!isRecord(end)) return end;
  return { ...end, wires: each(end.wires, (wire) => (isRecord(wire) ? { ...wire, id: one(wire.id) } : wire)) };
}

export function isRecord(value: unknown): value is FlowElement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
