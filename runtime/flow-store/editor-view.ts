/** One revision as the editor and Node-RED see it. */
import type { Snapshot, StoredFlow } from './flow-content.ts';
import type { FlowNode, RunnableFlows } from './flow-store.ts';

export function editorView({ number, flows, globals }: Snapshot): RunnableFlows {
  return {
    revision: number,
    nodes: [...flows.flatMap(nodesOf), ...globals],
    flowIds: Object.fromEntries(flows.map(({ tabId, id }) => [tabId, id])),
  };
}

/** The tab carries the flow's name and whether the flow is switched off (contract §2: a disabled flow is not triggered). */
export function nodesOf({ name, enabled, face }: StoredFlow): FlowNode[] {
  return face.nodes.map((node) =>
    node.type === 'tab' ? { ...node, label: name, disabled: !enabled || node.disabled === true } : node,
  );
}
