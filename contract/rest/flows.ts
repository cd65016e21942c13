/** Flows over REST (contract flows-and-nodes §2, §5): what clients send, what they get, and the operations. */
import { z } from 'zod';

/** One element of a flow. Everything but its type is the node's own; unknown properties are kept. */
export const flowElement = z
  .record(z.string(), z.unknown())
  .refine((element) => Object.hasOwn(element, 'type'), { error: 'has no type', path: ['type'] })
  .refine(({ type, device_template_id: id }) => type !== 'device template in' || id !== undefined, {
    error: 'has no device_template_id',
    path: ['device_template_id'],
  });

const flow = z.array(flowElement).describe('Nodes in the export form of Node-RED; kept byte for byte');

export const newFlowBody = z.object({
  name: z.string().min(1),
  enabled: z.boolean().nullish().describe('default: true'),
  flow,
});

/** What is absent, null or an empty name stays as it is. */
export const flowChangeBody = z.object({
  name: z.string().nullish(),
  enabled: z.boolean().nullish(),
  flow: flow.nullish(),
});

export const flowShape = z.object({
  name: z.string(),
  enabled: z.boolean(),
  id: z.uuid(),
  flow,
  created: z.number().describe('epoch ms'),
  updated: z.number().describe('epoch ms'),
});

const count = z.number().int().nonnegative();

export const countersShape = z.object({
  nodes: z.array(
    z.object({
      id: z.string().describe('as in the flow'),
      type: z.string(),
      received: count.describe('messages'),
      sent: count.describe('messages, one for each wire'),
      errors: count,
    }),
  ),
});

const message = z.object({ message: z.string() });
const oneFlow = (text: string) => z.object({ message: z.literal(text), flow: flowShape });

const answer = <Body extends z.ZodType>(description: string, body: Body) => ({ description, body });
const failed = answer('The flows could not be read or stored.', message);
const invalid = answer(
  'The body is no flow; `reason` says what is wrong with it.',
  z.object({ message: z.string(), reason: z.string().optional() }),
);
const tooMuch = answer('Too much was saved within a short time.', message);
const unknown = answer('The tenant has no such flow.', z.object({ message: z.string(), flow: z.string() }));

const flows = { tag: 'flows' } as const;

export const flowEndpoints = {
  list: {
    ...flows,
    method: 'get',
    path: '/flows/v1/flow',
    summary: 'List all flows.',
    responses: { 200: answer('All flows of the tenant.', z.object({ flows: z.array(flowShape) })), 500: failed },
  },
  create: {
    ...flows,
    method: 'post',
    path: '/flows/v1/flow',
    summary: 'Create a flow; it runs at once.',
    body: newFlowBody,
    responses: { 200: answer('The flow.', oneFlow('ok')), 400: invalid, 429: tooMuch, 500: failed },
  },
  removeAll: {
    ...flows,
    method: 'delete',
    path: '/flows/v1/flow',
    summary: 'Remove all flows.',
    responses: { 200: answer('Removed, also when there were none.', message), 500: failed },
  },
  get: {
    ...flows,
    method: 'get',
    path: '/flows/v1/flow/{id}',
    summary: 'Get a flow.',
    responses: { 200: answer('The flow.', oneFlow('ok')), 404: unknown, 500: failed },
  },
  update: {
    ...flows,
    method: 'put',
    path: '/flows/v1/flow/{id}',
    summary: 'Change a flow; the next event runs the new version.',
    body: flowChangeBody,
    responses: {
      200: answer('The new version.', oneFlow('ok')),
      400: invalid,
      404: unknown,
      429: tooMuch,
      500: failed,
    },
  },
  counters: {
    ...flows,
    method: 'get',
    path: '/flows/v1/flow/{id}/counters',
    summary: 'What each node of a flow did since the process of the tenant was started; a few seconds old.',
    responses: { 200: answer('The nodes, in the order of the flow.', countersShape), 404: unknown, 500: failed },
  },
  remove: {
    ...flows,
    method: 'delete',
    path: '/flows/v1/flow/{id}',
    summary: 'Remove a flow.',
    responses: { 200: answer('The flow as it was.', oneFlow('flow removed')), 404: unknown, 500: failed },
  },
} as const;
