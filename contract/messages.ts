/** Bodies of bus messages (contract data-realtime-history §5). Readers are lenient: unknown keys are kept, never refused. */
import { z } from 'zod';

/** A reading, or a status message when `attrs` is absent. `timestamp`: ms, s (≤ 2^31−1) or ISO text; absent = time of arrival. */
export const deviceData = z.object({
  metadata: z.looseObject({
    deviceid: z.string().min(1),
    tenant: z.string().optional(),
    timestamp: z.union([z.number(), z.string()]).nullish(),
  }),
  attrs: z.record(z.string(), z.unknown()).optional(),
});
export type DeviceData = z.infer<typeof deviceData>;

/** Definition of one attribute as devices and templates show it on the wire. */
export const attributeDefinition = z.looseObject({
  label: z.string(),
  type: z.string(),
  value_type: z.string().optional(),
  static_value: z.string().nullish(),
});

/** A device as lifecycle messages carry it; only `id` can be relied on in `remove`. */
export const wireDevice = z.looseObject({
  id: z.string().min(1),
  label: z.string().optional(),
  templates: z.array(z.union([z.number(), z.string()])).optional(),
  attrs: z.record(z.string(), z.array(attributeDefinition)).optional(),
});
export type WireDevice = z.infer<typeof wireDevice>;

const meta = z.looseObject({ service: z.string(), timestamp: z.number().nullish() });

export const configureEvent = z.looseObject({
  event: z.literal('configure'),
  meta,
  data: z.looseObject({ id: z.string().min(1), attrs: z.record(z.string(), z.unknown()).optional() }),
});
export type ConfigureEvent = z.infer<typeof configureEvent>;

export const lifecycleEvent = z.looseObject({
  event: z.enum(['create', 'update', 'remove']),
  meta,
  data: wireDevice,
});
export type LifecycleEvent = z.infer<typeof lifecycleEvent>;

/** What travels on `<tenant>.dojot.device-manager.device`; `template.update` is for old readers and ignored by ours. */
export const deviceEvent = z.discriminatedUnion('event', [lifecycleEvent, configureEvent]);
export type DeviceEvent = z.infer<typeof deviceEvent>;

const command = z.looseObject({ event: z.literal('configure'), data: configureEvent.shape.data });
const removal = z.looseObject({ event: z.literal('remove'), data: z.looseObject({ id: z.string().min(1) }) });

/**
 * What agents heed of it. Whatever else a `remove` carries, or leaves out, it removes (contract iot-agents §0.2); whatever
 * other events say, also those that are not invented yet, is none of their business.
 */
export const agentEvent = z.union([
  command,
  removal,
  z
    .looseObject({ event: z.string().refine((name) => name !== 'configure' && name !== 'remove') })
    .transform(() => ({ event: 'other' as const })),
]);
export type AgentEvent = z.infer<typeof agentEvent>;
