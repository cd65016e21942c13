/** Flows as JSON text. The list of a flow is put in as it was sent, which no serialiser would do. */
import type { ApiResponse } from '../../platform-services/kit/http/route.ts';
import type { Flow } from '../flow-store/flow-store.ts';

export const oneFlow = (message: string, flow: Flow): ApiResponse =>
  json(`{"message":${JSON.stringify(message)},"flow":${flowText(flow)}}`);

export const allFlows = (flows: readonly Flow[]): ApiResponse => json(`{"flows":[${flows.map(flowText).join(',')}]}`);

function flowText({ name, enabled, id, source, created, updated }: Flow): string {
  const head = JSON.stringify({ name, enabled, id }).slice(0, -1);
  return `${head},"flow":${source},"created":${created},"updated":${updated}}`;
}

const json = (body: string): ApiResponse => ({
  status: 200,
  body,
  headers: { 'content-type': 'application/json; charset=utf-8' },
});
