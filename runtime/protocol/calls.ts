/** What a tenant process may ask of the supervisor: a closed list, each with the schema of question and answer. */
import { z } from 'zod';

const deviceId = z.string().min(1).max(256);
const state = z.record(z.string(), z.unknown());

/** `settings`, or the shelf of Node-RED's library for one kind of entry. */
const stateName = z.string().regex(/^(settings|library\/[A-Za-z0-9_-]{1,60})$/);

const loadFlows = z.object({ name: z.literal('loadFlows') });

const saveFlows = z.object({
  name: z.literal('saveFlows'),
  /** Their form is checked by the flow store, which names the node that is wrong. */
  nodes: z.array(z.unknown()),
  /** All credentials by node id; absent when they did not change. */
  credentials: state.optional(),
  author: z.string().min(1).max(200),
  basedOn: z.int().nonnegative(),
});

const loadCredentials = z.object({ name: z.literal('loadCredentials') });
const loadState = z.object({ name: z.literal('loadState'), state: stateName });
const saveState = z.object({ name: z.literal('saveState'), state: stateName, content: state });
const findDevice = z.object({ name: z.literal('findDevice'), deviceId });

/** `attributes`: new values of a device (contract flows-and-nodes §9.3); `actuation`: a command to it (§9.4). */
const publish = z.object({
  name: z.literal('publish'),
  what: z.enum(['attributes', 'actuation']),
  deviceId,
  /** Sent as found: normally an object, but any JSON. */
  attrs: z.unknown(),
  origin: z.string().max(1000).optional(),
  generation: z.int().positive().max(Number.MAX_SAFE_INTEGER),
});

export const calls = z.discriminatedUnion('name', [
  loadFlows,
  saveFlows,
  loadCredentials,
  loadState,
  saveState,
  findDevice,
  publish,
]);
export type Call = z.infer<typeof calls>;

/** What the flows need to know of a device (contract flows-and-nodes §6.4). */
export const deviceFacts = z.object({
  templates: z.array(z.string()),
  /** Static values by label, never empty texts. */
  statics: z.record(z.string(), z.string()),
});
export type DeviceFacts = z.infer<typeof deviceFacts>;
