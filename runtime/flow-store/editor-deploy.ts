/** What a deploy from the editor makes of a tenant's flows: tabs become flows (contract §11, last paragraph; gui §4.20). */

import { nodesOf } from './editor-view.ts';
import { isOn, type Snapshot, type StoredFlow } from './flow-content.ts';
import type { FlowNode } from './flow-store.ts';
import { writeFlow } from './flow-writer.ts';
import { sameNode } from './same-node.ts';

interface Needs {
  /** Epoch ms. */
  readonly now: number;
  readonly newId: () => string;
}

/** A known tab keeps its flow, a new one becomes a flow, a vanished one takes its flow with it. */
export function applyDeploy(
  nodes: readonly FlowNode[],
  current: Snapshot,
  needs: Needs,
): Pick<Snapshot, 'flows' | 'globals'> {
  const known = new Map(current.flows.map((flow) => [flow.tabId, flow]));
  const { byTab, globals } = sortByTab(nodes, current);
  const flows = Array.from(byTab.values(), (tabNodes) => deployTab(tabNodes, known.get(tabNodes[0]?.id ?? ''), needs));
  return { flows, globals };
}

/** The nodes of each tab, the tab first; what lies on none of them and came with no flow belongs to the tenant. */
function sortByTab(nodes: readonly FlowNode[], current: Snapshot) {
  const byTab = new Map(nodes.filter(({ type }) => type === 'tab').map((tab) => [tab.id, [tab]]));
  const cameWith = new Map(current.flows.flatMap(({ tabId, face }) => face.nodes.map(({ id }) => [id, tabId])));
  const subflows = new Set(nodes.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  const globals: FlowNode[] = [];
  for (const node of nodes) {
    if (node.type === 'tab') continue;
    const canvas = node.z !== undefined && byTab.has(node.z) ? node.z : undefined;
    const definition = node.z !== undefined && subflows.has(node.z) ? node.z : node.id;
    const tab = byTab.get(canvas ?? cameWith.get(definition) ?? '');
    (tab ?? globals).push(node);
  }
  return { byTab, globals };
}

function deployTab(nodes: readonly FlowNode[], flow: StoredFlow | undefined, needs: Needs): StoredFlow {
  const tab = nodes[0];
  const on = !isOn(tab?.disabled);
  const name = typeof tab?.label === 'string' && tab.label !== '' ? tab.label : nameless;
  if (!flow) {
    const times = { created: needs.now, updated: needs.now };
    const faces = writeFlow(nodes, undefined);
    return { id: needs.newId(), tabId: tab?.id ?? '', name, enabled: on, ...times, ...faces, drawn: true };
  }
  const given = nodesOf(flow);
  const marked = flow.face.nodes[0]?.disabled === true;
  const enabled = on === (flow.enabled && !marked) ? flow.enabled : on;
  if (name === flow.name && !(marked && on) && sameNodes(given, nodes)) {
    return enabled === flow.enabled ? flow : { ...flow, enabled, updated: needs.now };
  }
  const faces = writeFlow(nodes, { ...flow.face, nodes: given });
  return { ...flow, name, enabled, updated: needs.now, ...faces, drawn: true };
}

/** Name of a flow whose tab has an empty label. */
const nameless = 'Flow';

/** Whether a tab came back as it was given; its name and switch are looked at before. */
function sameNodes(given: readonly FlowNode[], got: readonly FlowNode[]): boolean {
  if (given.length !== got.length) return false;
  const byId = new Map(got.map((node) => [node.id, node]));
  return given.every((node) => {
    const back = byId.get(node.id);
    if (!back) return false;
    return sameNode(node, node.type === 'tab' ? { ...back, label: node.label, disabled: node.disabled } : back);
  });
}
