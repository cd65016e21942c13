/** Flows as JSON text. The list of a flow is put in as it was sent, which no serialiser would do. */
import type { z } from 'zod';
import type { countersShape } from '../../contract/rest/flows.ts';
import type { ApiResponse } from '../../platform-services/kit/http/route.ts';
import type { Flow, FlowNodeIds } from '../flow-store/flow-store.ts';
import type { NodeCounters } from '../protocol/messages.ts';

export const oneFlow = (message: string, flow: Flow): ApiResponse =>
  json(`{"message":${JSON.stringify(message)},"flow":${flowText(flow)}}`);

export const allFlows = (flows: readonly Flow[]): ApiResponse => json(`{"flows":[${flows.map(flowText).join(',')}]}`);

const nothingYet: NodeCounters = { received: 0, sent: 0, errors: 0 };

/** `counters`: by id in the editor; a node without any has not had a message. */
export function nodeCounters(
  nodes: readonly FlowNodeIds[],
  counters: ReadonlyMap<string, NodeCounters>,
): ApiResponse & { readonly body: z.infer<typeof countersShape> } {
  const counted = nodes.map(({ id, editorId, type }) => ({ id, type, ...(counters.get(editorId) ?? nothingYet) }));
  return { status: 200, body: { nodes: counted } };
}

function flowText({ name, enabled, id, source, created, updated }: Flow): string {
  const head = JSON.stringify({ name, enabled, id }).slice(0, -1);
  return `${head},"flow":${source},"created":${created},"updated":${updated}}`;
}

const json = (body: string): ApiResponse => ({
  status: 200,
  body,
  headers: { 'content-type': 'application/json; charset=utf-8' },
});
