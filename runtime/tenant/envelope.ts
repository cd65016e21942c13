/** Bus messages as flows see them: metadata, event, data (contract flows-and-nodes §6.2). */
import type { EventSource, TriggerEvent } from '@dojot/node-kit';
import {
  type ConfigureEvent,
  type DeviceData,
  deviceData,
  deviceEvent,
  type LifecycleEvent,
  type WireDevice,
} from '../../contract/messages.ts';
import { timeOf } from '../../contract/timestamp.ts';
import { parseTopic, subjects } from '../../contract/topics.ts';
import type { DeviceFacts } from '../protocol/calls.ts';
import type { FlowEvent } from '../protocol/messages.ts';

export interface Envelope {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly event: TriggerEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A bus message that may trigger flows; what else to know before it becomes an envelope. */
export interface DeviceEvent {
  readonly event: TriggerEvent;
  readonly deviceId: string;
  readonly source: EventSource;
  /** What this message itself says about the device; undefined for readings and commands. */
  readonly facts?: DeviceFacts | undefined;
  /** The envelope; `facts` are those of the device, with its static attributes. */
  readonly envelope: (facts: DeviceFacts | undefined) => Envelope;
}

/** Undefined when the message triggers nothing by its kind; throws an `Error` that says why it cannot be read. */
export function readEvent(tenant: string, { topic, value }: FlowEvent): DeviceEvent | undefined {
  const json: unknown = JSON.parse(value);
  return parseTopic(topic)?.subject === subjects.deviceData ? readReading(tenant, json) : readDeviceEvent(tenant, json);
}

function readReading(tenant: string, json: unknown): DeviceEvent | undefined {
  const { metadata, attrs }: DeviceData = deviceData.parse(json);
  // Without attributes it is a status message, which starts no flow (§6.2 "Device status").
  if (attrs === undefined) return undefined;
  const { deviceid, ...rest } = metadata;
  const timestamp = timeOf(metadata.timestamp);
  return {
    event: 'publish',
    deviceId: deviceid,
    source: { tenant, deviceId: deviceid, ...(timestamp === undefined ? {} : { timestamp }) },
    envelope: (facts) => ({
      metadata: { ...rest, tenant },
      event: 'publish',
      data: { id: deviceid, attrs: { ...attrs, ...facts?.statics } },
    }),
  };
}

function readDeviceEvent(tenant: string, json: unknown): DeviceEvent | undefined {
  if (!isForFlows(json)) return undefined;
  const message = deviceEvent.parse(json);
  return message.event === 'configure' ? readConfigure(tenant, message) : readLifecycle(tenant, message);
}

/** Others, such as `template.update`, are ignored (§6.1). */
function isForFlows(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('event' in json)) return true;
  return typeof json.event !== 'string' || ['create', 'update', 'remove', 'configure'].includes(json.event);
}

function readConfigure(tenant: string, { meta, data }: ConfigureEvent): DeviceEvent {
  return {
    event: 'configure',
    deviceId: data.id,
    source: { tenant, deviceId: data.id },
    envelope: (facts) => ({
      metadata: metadataOf(tenant, meta),
      event: 'configure',
      data: { ...data, attrs: { ...data.attrs, ...facts?.statics } },
    }),
  };
}

function readLifecycle(tenant: string, { event, meta, data }: LifecycleEvent): DeviceEvent {
  return {
    event,
    deviceId: data.id,
    source: { tenant, deviceId: data.id },
    facts: data.templates === undefined ? undefined : { templates: data.templates.map(String), statics: statics(data) },
    envelope: () => ({ metadata: metadataOf(tenant, meta), event, data: byLabel(data) }),
  };
}

function metadataOf(tenant: string, { service, ...rest }: LifecycleEvent['meta']): Record<string, unknown> {
  return { ...rest, tenant };
}

/** Attributes keyed by label instead of by template, template ids as texts (§6.2 "create / update"). */
function byLabel(device: WireDevice): Record<string, unknown> {
  const { templates, attrs, ...rest } = device;
  const labelled = attrs === undefined ? [] : Object.values(attrs).flat();
  return {
    ...rest,
    ...(templates === undefined ? {} : { templates: templates.map(String) }),
    ...(attrs === undefined ? {} : { attrs: Object.fromEntries(labelled.map(({ label, ...rest }) => [label, rest])) }),
  };
}

function statics({ attrs = {} }: WireDevice): Record<string, string> {
  const definitions = Object.values(attrs).flat();
  return Object.fromEntries(
    definitions.flatMap(({ label, type, static_value: value }) => (type === 'static' && value ? [[label, value]] : [])),
  );
}
