/**
 * The inverse of the reader: from the nodes of a tab to the flow's list as the REST API shows it. What the editor did not
 * touch keeps the words of its author.
 */
import { idTaker, restIdOf } from './dojot-identity.ts';
import { type FlowElement, type FlowFace, hasTwoMeanings, isOn } from './flow-content.ts';
import type { FlowNode } from './flow-store.ts';
import { wiresOf } from './node-form.ts';
import { renameReferences } from './node-references.ts';
import { isBlank, sameProperty, wasTakenAway } from './same-node.ts';

/** `nodes`: what the editor saved for one flow, its tab first; `previous`: what it had been given. */
export function writeFlow(
  nodes: readonly FlowNode[],
  previous: FlowFace | undefined,
): { readonly source: string; readonly face: FlowFace } {
  const tabId = nodes[0]?.id ?? '';
  const given = new Map(previous?.nodes.map((node) => [node.id, node]));
  const kept = nodes.map((node) => keepDropped(node, given.get(node.id)));
  const restIds = nameNodes(tabId, kept, previous);
  const written = kept.map((node): [string, FlowElement] => [
    node.id,
    elementFor(node, given.get(node.id), previous?.elementOf.get(node.id), restIds),
  ]);
  const elementOf = new Map(written);
  const elements = inAuthorsOrder(elementOf, previous);
  return { source: JSON.stringify(elements), face: { nodes: withMark(kept, elementOf), elements, elementOf, restIds } };
}

/** The editor's node with what its export dropped. */
function keepDropped(node: FlowNode, given: FlowNode | undefined): FlowNode {
  if (!given) return node;
  const dropped = Object.entries(given).filter(([key]) => !Object.hasOwn(node, key) && !wasTakenAway(key, given));
  return { ...Object.fromEntries(dropped), ...node };
}

function nameNodes(
  tabId: string,
  nodes: readonly FlowNode[],
  previous: FlowFace | undefined,
): ReadonlyMap<string, string> {
  const old = nodes.flatMap(({ id }): [string, string][] => {
    const restId = previous?.restIds.get(id);
    return restId === undefined ? [] : [[id, restId]];
  });
  const restIds = new Map(old);
  const take = idTaker([...restIds.values(), ...(previous?.elements ?? []).map(({ id }) => String(id))]);
  for (const { id } of nodes) {
    if (!restIds.has(id)) restIds.set(id, take(restIdOf(tabId, id)));
  }
  return restIds;
}

/** The source element of a node: its old one with what was changed, or a new one. */
function elementFor(
  node: FlowNode,
  given: FlowNode | undefined,
  old: FlowElement | undefined,
  restIds: ReadonlyMap<string, string>,
): FlowElement {
  const restId = restIds.get(node.id) ?? node.id;
  const renamed = renameReferences(
    node,
    (id) => restIds.get(id),
    (id) => restIds.has(id),
  );
  const fresh = { ...renamed, id: restId };
  return withMeaning(node, withTabMark(node, old, given && old ? merge(node, given, old, fresh) : fresh));
}

/** Values that came back as they were given keep the author's form; the order of properties stays. */
function merge(node: FlowNode, given: FlowNode, old: FlowElement, fresh: FlowElement): FlowElement {
  const unchanged = (key: string) => sameProperty(key, given, node);
  const stays = Object.entries(old).filter(([key]) => unchanged(key) || Object.hasOwn(node, key));
  const kept = stays.map(([key, value]) => [key, unchanged(key) ? value : fresh[key]]);
  const added = Object.entries(fresh).filter(([key]) => !Object.hasOwn(old, key) && isNews(key, node, given, old));
  return { ...Object.fromEntries([...kept, ...added]), id: fresh.id };
}

/** Whether a property the author did not write is worth writing: not what the reader or the editor filled in. */
function isNews(key: string, node: FlowNode, given: FlowNode, old: FlowElement): boolean {
  if (key === 'x' || key === 'y' || key === 'z') return true;
  if (key === 'wires') return !isUnwired(node) || !isOn(node.d);
  if (key === 'd') return Array.isArray(old.wires) || !isUnwired(node);
  return !sameProperty(key, given, node) || (!Object.hasOwn(given, key) && !isBlank(node[key]));
}

const isUnwired = (node: FlowElement) => (wiresOf(node) ?? []).every((output) => output.length === 0);

/** A switched-off tab is a flow with `enabled: false`; the mark in the source only goes when the tab is switched on. */
function withTabMark(node: FlowNode, old: FlowElement | undefined, element: FlowElement): FlowElement {
  if (node.type !== 'tab') return element;
  const { disabled: _disabled, ...rest } = element;
  if (old && !Object.hasOwn(old, 'disabled')) return rest;
  return { ...element, disabled: isOn(node.disabled) && old ? old.disabled : false };
}

/** dojot's meaning is the one that goes without saying in flow JSON, Node-RED's has to be written down (contract §14). */
function withMeaning(node: FlowNode, element: FlowElement): FlowElement {
  if (!hasTwoMeanings(node.type)) return element;
  const { semantics, ...rest } = element;
  if (node.semantics === 'dojot') return rest;
  return { ...element, semantics: typeof semantics === 'string' && semantics !== '' ? semantics : 'node-red' };
}

/** The tab is element 0, on which clients rely (contract §5); the author's other elements follow, then new ones. */
function inAuthorsOrder(elementOf: ReadonlyMap<string, FlowElement>, previous: FlowFace | undefined): FlowElement[] {
  const idOf = new Map(Array.from(previous?.elementOf ?? [], ([id, element]) => [element, id]));
  const old = (previous?.elements ?? []).flatMap((element) => {
    const id = idOf.get(element);
    return id === undefined ? [element] : [elementOf.get(id)].filter((kept) => kept !== undefined);
  });
  const [tab, ...others] = elementOf.values();
  const rest = new Set([...old, ...others]);
  if (tab) rest.delete(tab);
  return tab ? [tab, ...rest] : [...rest];
}

/** In a face the tab's `disabled` is the source's mark alone. */
function withMark(nodes: readonly FlowNode[], elementOf: ReadonlyMap<string, FlowElement>): FlowNode[] {
  return nodes.map((node) =>
    node.type === 'tab' ? { ...node, disabled: isOn(elementOf.get(node.id)?.disabled) } : node,
  );
}
