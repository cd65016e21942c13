/** The revision of the flows this process runs. */
import type { FlowNodeJson } from 'node-red';
import type { CurrentFlows, Revision } from './storage.ts';
import type { UnknownTypes } from './unknown-types.ts';

export interface KnownFlows extends CurrentFlows {
  /** The REST id of the flow a tab belongs to. */
  flowIdOf(tabId: string): string | undefined;
}

export function createCurrentFlows(types: UnknownTypes): KnownFlows {
  let revision = 0;
  let flowIds = new Map<string, string>();
  return {
    take(flows: Revision): readonly FlowNodeJson[] {
      revision = flows.revision;
      flowIds = new Map(Object.entries(flows.flowIds));
      return types.standIn(flows.nodes);
    },
    original: types.original,
    revision: () => revision,
    flowIdOf: (tabId) => flowIds.get(tabId),
  };
}
