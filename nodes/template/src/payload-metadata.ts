import type { EventSource } from '@dojot/node-kit';

/** The side data of an execution, as templates see it under `payloadMetadata` (contract flows-and-nodes §6.3). */
export function payloadMetadata(source: EventSource, flowId: string | undefined): Record<string, unknown> {
  const { tenant, deviceId, timestamp } = source;
  return { flowId, tenant, originatorDeviceId: deviceId, ...(timestamp === undefined ? {} : { timestamp }) };
}
