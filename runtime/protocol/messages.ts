/**
 * What supervisor and tenant process say to each other. The tenant process runs foreign code, so everything it says is
 * hostile input: these schemas are all it may say, and no message names a tenant, because the channel does.
 */
import { z } from 'zod';
import { calls } from './calls.ts';

const id = z.int().nonnegative();

/** A node in Node-RED's export form (contract flows-and-nodes §5). */
export const flowNode = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  z: z.string().exactOptional(),
});

export const runnableFlows = z.object({
  revision: z.int().nonnegative(),
  nodes: z.array(flowNode).readonly(),
  /** REST flow id by tab id. */
  flowIds: z.record(z.string(), z.string()).readonly(),
});

/** A refusal that reaches the caller on the other side: the words of a `PlatformError`. */
export const problem = z.object({ code: z.string(), status: z.int(), message: z.string() });
export type Problem = z.infer<typeof problem>;

/** One bus message for the flows. `id` is how the supervisor knows it again. */
export const flowEvent = z.object({
  id,
  topic: z.string(),
  partition: id,
  offset: id,
  value: z.string(),
  /** Headers `dojot-origin` and `dojot-generation`, when the message has them. */
  origin: z.string().optional(),
  generation: z.string().optional(),
});
export type FlowEvent = z.infer<typeof flowEvent>;

/** What a tenant process must know to begin. */
export const startOrder = z.object({
  tenant: z.string(),
  /** Unix socket the editor listens on. */
  socket: z.string(),
  /** A folder of its own for Node-RED's `userDir`. */
  userDir: z.string(),
  /** Folders of node packages. */
  nodePackages: z.array(z.string()),
  /** Longest time a message may take inside the flows, ms. */
  leaseMs: z.int().positive(),
  /** Longest time the synchronous part of a Function node may take, s. */
  functionTimeout: z.number().positive(),
  /** Longest time a deploy waits for the messages inside the flows, ms. */
  drainMs: z.int().nonnegative(),
  /** Flows are loaded but not started: the way out for a tenant whose flows kill every process. */
  safeMode: z.boolean(),
});
export type StartOrder = z.infer<typeof startOrder>;

export const toTenant = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), order: startOrder }),
  z.object({ kind: z.literal('events'), events: z.array(flowEvent) }),
  z.object({ kind: z.literal('deploy'), id, flows: runnableFlows }),
  z.object({ kind: z.literal('answer'), id, value: z.unknown(), problem: problem.optional() }),
  z.object({ kind: z.literal('ping'), id }),
  z.object({ kind: z.literal('stop') }),
]);
export type ToTenant = z.infer<typeof toTenant>;

/** Counters of one node since the process started. */
export const nodeCounters = z.object({ received: id, sent: id, errors: id });
export type NodeCounters = z.infer<typeof nodeCounters>;

export const logLevel = z.enum(['debug', 'info', 'warn', 'error']);

export const fromTenant = z.discriminatedUnion('kind', [
  /** The editor listens. `types`: node types that a package provides. */
  z.object({ kind: z.literal('ready'), types: z.array(z.string().max(200)).max(5000) }),
  /** The flows run: events may come. */
  z.object({ kind: z.literal('running') }),
  /** These events have ended in all branches; `expired`: those among them whose lease ran out. */
  z.object({ kind: z.literal('ended'), ids: z.array(id).max(100_000), expired: id }),
  z.object({ kind: z.literal('call'), id, call: calls }),
  z.object({ kind: z.literal('deployed'), id, problem: problem.optional() }),
  z.object({ kind: z.literal('pong'), id }),
  z.object({
    kind: z.literal('log'),
    level: logLevel,
    text: z.string().max(4000),
    fields: z
      .record(z.string().max(40), z.union([z.string().max(4000), z.number()]))
      .refine((fields) => Object.keys(fields).length <= 10),
  }),
  z.object({ kind: z.literal('counters'), nodes: z.record(z.string().max(200), nodeCounters) }),
]);
/** What can be said of a call that is none of ours: whom to tell. */
export const anyCall = z.looseObject({ kind: z.literal('call'), id });
export type FromTenant = z.infer<typeof fromTenant>;

/** Longest line to a tenant's process, in characters: all its flows. */
export const longestOrder = 256 * 1024 * 1024;
/** Longest line from it: a deploy of 10 MB (contract flows-and-nodes §1) with room for its escapes. */
export const longestSaying = 24 * 1024 * 1024;
/** Commas and opening brackets in a long one. */
export const mostSayingParts = 1_000_000;
