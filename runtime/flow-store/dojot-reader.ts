/**
 * The reader of dojot 0.8 flow JSON: from the list of the REST API to what the editor shows and Node-RED runs
 * (contract flows-and-nodes §5, §14). One flow is one tab. Pure: the same source always gives the same nodes.
 */
import { textId } from './dojot-identity.ts';
import { type FlowElement, type FlowFace, hasTwoMeanings, isOn, takesWires } from './flow-content.ts';
import { parseFlowSource } from './flow-source.ts';
import type { FlowNode } from './flow-store.ts';
import { layOut } from './layout.ts';
import { coordinate, wellFormed, wiresOf } from './node-form.ts';
import { renameReferences } from './node-references.ts';
import { beginReading, pairs, type Reading } from './reading.ts';
import { endlessInstances, hasSoundGroup } from './structure.ts';

interface Unread {
  readonly tabId: string;
  readonly source: string;
  /** Editor ids by id in the source: nodes that are there already keep theirs, whoever drew them. */
  readonly known?: ReadonlyMap<string, string>;
}

/** Throws `INVALID_FLOW` (400) when the source is not a list of elements with types. */
export function readFlow({ tabId, source, known = new Map() }: Unread): FlowFace {
  const elements = parseFlowSource(source);
  const reading = beginReading(tabId, elements, known);
  const nodes = pairs(reading.editorIds, elements).map(([id, element]) => draftOf(reading, id, element));
  const tab = nodes.find(({ type }) => type === 'tab') ?? { id: reading.tabId, type: 'tab', disabled: false };
  return {
    nodes: [tab, ...placed(sound(nodes.filter(({ type }) => type !== 'tab')))],
    elements,
    elementOf: new Map(pairs(reading.editorIds, elements)),
    restIds: reading.restIds,
  };
}

/** For the editor and Node-RED: like any other type that nobody provides. */
const namelessType = 'no type';

/** An element with the ids of the editor, not yet checked against its neighbours. */
function draftOf(reading: Reading, id: string, element: FlowElement): FlowNode {
  const form = renameReferences(
    wellFormed(element),
    (used) => reading.renames.get(used),
    (used) => reading.configs.has(used),
  );
  const type = String(form.type) || namelessType;
  const { z: _z, wires: _wires, credentials: _credentials, ...rest } = form;
  if (type === 'tab') return { ...rest, id, type, disabled: isOn(element.disabled) };
  return { ...rest, id, type, ...canvasOf(reading, element), ...executionOf(reading, element), ...meaningOf(element) };
}

/** Everything lies on the flow's tab except what lies inside one of its own subflows. */
function canvasOf({ subflows, renames, tabId }: Reading, { type, z }: FlowElement): { z?: string } {
  if (type === 'subflow') return {};
  const canvas = textId(z);
  return { z: canvas !== undefined && subflows.has(canvas) ? (renames.get(canvas) ?? tabId) : tabId };
}

/** An element without wires is not executed (contract §5): for the editor and Node-RED it is a disabled node. */
function executionOf({ configs, renames, tabsOff }: Reading, element: FlowElement): { wires?: string[][]; d?: true } {
  if (!takesWires(element.type)) return {};
  const wires = wiresOf(element)?.map((output) => output.map((target) => renames.get(target) ?? target));
  const off = isOn(element.d) || tabsOff.has(textId(element.z)) ? ({ d: true } as const) : {};
  if (wires) return { wires, ...off };
  return configs.has(String(element.id)) ? off : { wires: [], d: true };
}

/** `switch`, `change` and `template` that do not say otherwise are dojot's (contract §9.9–9.11). */
function meaningOf(element: FlowElement): { semantics?: 'dojot' } {
  return hasTwoMeanings(element.type) && !Object.hasOwn(element, 'semantics') ? { semantics: 'dojot' } : {};
}

/** The drafts without wires that end nowhere and without structures that would stop the whole tenant. */
function sound(drafts: readonly FlowNode[]): FlowNode[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const endless = endlessInstances(drafts);
  return drafts.map((draft) => {
    const { g, ...ungrouped } = draft;
    const node = g === undefined || hasSoundGroup(draft, byId) ? draft : ungrouped;
    const off = endless.has(node.id) ? { d: true } : {};
    return { ...node, ...off, ...soundWires(node, byId), ...soundMembers(node, byId) };
  });
}

function soundWires(node: FlowNode, byId: ReadonlyMap<string, FlowNode>): { wires?: string[][] } {
  const ends = (id: string) => {
    const target = byId.get(id);
    return target?.wires !== undefined && target.z === node.z;
  };
  const wires = wiresOf(node);
  return wires ? { wires: wires.map((output) => output.filter(ends)) } : {};
}

function soundMembers(node: FlowNode, byId: ReadonlyMap<string, FlowNode>): { nodes?: unknown[] } {
  if (node.type !== 'group' || !Array.isArray(node.nodes)) return {};
  return { nodes: node.nodes.filter((id) => byId.get(id)?.g === node.id) };
}

/** Coordinates as numbers, and a place for every node that has none. */
function placed(nodes: readonly FlowNode[]): FlowNode[] {
  const drawn = nodes.map((node) => {
    const { x, y, ...unplaced } = node;
    const place = { x: coordinate(x), y: coordinate(y) };
    return place.x !== undefined && place.y !== undefined ? { ...unplaced, x: place.x, y: place.y } : unplaced;
  });
  const lost = drawn.filter((node) => node.wires !== undefined && !('x' in node));
  const bottom = drawn.reduce((lowest, node) => ('y' in node ? Math.max(lowest, Number(node.y)) : lowest), 0);
  const places = layOut(lost, bottom);
  return drawn.map((node) => ({ ...node, ...places.get(node.id) }));
}
