/** What the registry says on the bus: `<tenant>.dojot.device-manager.device` (contract devices-templates-ops §1.9). */
import type { DeviceShape, TemplateShape } from '../../contract/rest/device-shapes.ts';
import { deviceKey, subjects, topicOf } from '../../contract/topics.ts';
import type { Bus, OutgoingMessage } from '../kit/bus/bus.ts';
import type { Metrics } from '../kit/metrics.ts';

export interface Events {
  /** Resolves when all are durable. */
  publish(tenant: string, messages: readonly OutgoingMessage[]): Promise<void>;
}

export function events(bus: Bus, metrics: Metrics): Events {
  const published = metrics.counter('dojot_device_events_total', 'Events of the device registry put on the bus.');
  return {
    async publish(tenant, messages) {
      if (messages.length === 0) return;
      await bus.publish(topicOf(tenant, subjects.deviceEvents), messages);
      published.add(messages.length);
    },
  };
}

export function lifecycleMessage(
  tenant: string,
  event: 'create' | 'update' | 'remove',
  device: DeviceShape,
): OutgoingMessage {
  return message(deviceKey(tenant, device.id), { event, data: device, meta: { service: tenant } });
}

/** `data` is the body of the request plus the id; `timestamp` in ms. */
export function configureMessage(
  tenant: string,
  deviceId: string,
  body: Readonly<Record<string, unknown>>,
  timestamp: number,
): OutgoingMessage {
  const data = { ...body, id: deviceId };
  return message(deviceKey(tenant, deviceId), { event: 'configure', data, meta: { service: tenant, timestamp } });
}

/** Deprecated, kept for readers of old. */
export function templateUpdateMessage(
  tenant: string,
  template: TemplateShape,
  affected: readonly string[],
): OutgoingMessage {
  const data = { affected, template };
  return message(`${tenant}:template:${template.id}`, { event: 'template.update', data, meta: { service: tenant } });
}

function message(key: string, value: unknown): OutgoingMessage {
  return { key, value: JSON.stringify(value) };
}
