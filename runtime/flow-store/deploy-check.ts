/**
 * What a deploy from the editor must be before it is stored: Node-RED itself accepts anything and then starts nothing of
 * the tenant. Input comes from a tenant's process and is not trusted to have any shape.
 */
import { flowErrors } from './errors.ts';
import { type FlowElement, isStructural, subflowOf, takesWires } from './flow-content.ts';
import type { FlowNode } from './flow-store.ts';
import { isRecord } from './node-references.ts';
import { endlessInstances, hasSoundGroup } from './structure.ts';

type NodeError = Exclude<
  keyof typeof flowErrors,
  'FLOWS_OUTDATED' | 'TOO_MUCH_SAVED' | 'FLOWS_BUSY' | 'FLOWS_TOO_LARGE' | 'NOT_A_LIST'
>;

/**
 * The nodes, known to be safe to run. `current`: the nodes by id as they are now; an unknown type that a node has
 * already is no reason to refuse. Throws a `PlatformError` (400) with `detail.node`, the first node that is wrong.
 */
export function checkDeploy(
  nodes: unknown,
  knownTypes: ReadonlySet<string>,
  current: ReadonlyMap<string, FlowNode>,
): readonly FlowNode[] {
  const list = checkForms(nodes);
  const byId = checkIds(list);
  const endless = endlessInstances(list);
  for (const node of list) {
    if (!isKnown(node, knownTypes, byId) && current.get(node.id)?.type !== node.type) refuseType(node);
    if (endless.has(node.id)) refuse('SUBFLOW_IN_ITSELF', node);
    checkCanvas(node, byId);
    checkWires(node, byId);
    if (node.g !== undefined && !hasSoundGroup(node, byId)) refuse('BAD_GROUP', node);
  }
  return list;
}

function checkForms(nodes: unknown): readonly FlowNode[] {
  if (!Array.isArray(nodes)) throw flowErrors.NOT_A_LIST();
  return nodes.map((node: unknown) => {
    const element = isRecord(node) ? node : {};
    if (!hasText(element, 'id')) refuse('NODE_WITHOUT_ID', element);
    if (!hasText(element, 'type')) refuse('NODE_WITHOUT_TYPE', element);
    const malformed = Object.keys(element).find((key) => !isWellFormed(element, key));
    if (malformed !== undefined) refuse('MALFORMED_PROPERTY', element, malformed);
    return { ...element, id: String(element.id), type: String(element.type) };
  });
}

const hasText = (element: FlowElement, key: string) => typeof element[key] === 'string' && element[key] !== '';

/** Node-RED reads these properties without looking at their form. */
function isWellFormed(node: FlowElement, key: string): boolean {
  const value = node[key];
  switch (key) {
    case 'z':
    case 'g':
      return value === undefined || typeof value === 'string';
    case 'wires':
      return Array.isArray(value) && value.every(isIdList);
    case 'links':
      return !String(node.type).startsWith('link ') || isIdList(value);
    case 'nodes':
      return node.type !== 'group' || isIdList(value);
    case 'in':
    case 'out':
      return node.type !== 'subflow' || (Array.isArray(value) && value.every(isRecord));
    case 'env':
      return !(isStructural(node.type) || subflowOf(node.type)) || (Array.isArray(value) && value.every(isRecord));
    default:
      return true;
  }
}

const isIdList = (value: unknown) => Array.isArray(value) && value.every((id) => typeof id === 'string');

function checkIds(nodes: readonly FlowNode[]): ReadonlyMap<string, FlowNode> {
  const byId = new Map<string, FlowNode>();
  for (const node of nodes) {
    if (byId.has(node.id)) refuse('DUPLICATE_NODE_ID', node);
    byId.set(node.id, node);
  }
  return byId;
}

function isKnown(node: FlowNode, types: ReadonlySet<string>, byId: ReadonlyMap<string, FlowNode>): boolean {
  const subflow = subflowOf(node.type);
  if (subflow !== undefined) return byId.get(subflow)?.type === 'subflow';
  return isStructural(node.type) || types.has(node.type);
}

function refuseType(node: FlowNode): never {
  refuse(subflowOf(node.type) === undefined ? 'UNKNOWN_NODE_TYPE' : 'UNKNOWN_SUBFLOW', node);
}

function checkCanvas({ z, ...node }: FlowNode, byId: ReadonlyMap<string, FlowNode>): void {
  const canvas = z === undefined || z === '' ? undefined : (byId.get(z)?.type ?? 'missing');
  if (canvas !== undefined && canvas !== 'tab' && canvas !== 'subflow') refuse('UNKNOWN_CANVAS', node, z);
}

function checkWires(node: FlowNode, byId: ReadonlyMap<string, FlowNode>): void {
  const outputs = Array.isArray(node.wires) ? node.wires : [];
  for (const id of outputs.flat().map(String)) {
    const target = byId.get(id);
    if (!target || target.z !== node.z || !takesWires(target.type)) refuse('DANGLING_WIRE', node, id);
  }
}

function refuse(code: NodeError, node: FlowElement, word = ''): never {
  const { id, name, type } = node;
  throw flowErrors[code](sayNode(node), word).with({ node: { id, name, type } });
}

/** `Node "cold?" (switch, 3f0a…)`. */
function sayNode({ id, name, label, type }: FlowElement): string {
  const called = [name, label].find((text) => typeof text === 'string' && text !== '');
  const facts = [type, id].filter((fact) => typeof fact === 'string' && fact !== '').join(', ');
  return `Node${called === undefined ? '' : ` "${String(called)}"`}${facts === '' ? '' : ` (${facts})`}`;
}
