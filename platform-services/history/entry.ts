/**
 * From bus message to history entry (contract data-realtime-history §3.2, §5.1, §5.2). Checked by hand instead of with the
 * schemas of `contract/messages.ts`: this runs for every reading on the thread that serves sockets, and the few fields that
 * matter are read once while the points are made.
 */
import { headers } from '../../contract/headers.ts';
import { timeOf } from '../../contract/timestamp.ts';
import { parseTopic, subjects } from '../../contract/topics.ts';
import type { Message } from '../kit/bus/bus.ts';
import type { Entry, Point } from '../kit/history/history-store.ts';
import type { Json } from '../kit/store/store.ts';
import { notificationSeries } from './notifications.ts';
import { isShallow, isShort } from './storable.ts';

type Topic = NonNullable<ReturnType<typeof parseTopic>>;
type JsonObject = { readonly [key: string]: Json | undefined };

/** Why a message is none: it says nothing about values, or it cannot be understood. */
export type NoEntry = 'irrelevant' | 'malformed';

/** `leave` is called for every value that cannot be kept, of attributes and metadata; the others are kept. */
export function entryOf(message: Message, leave: () => void): Entry | NoEntry {
  const topic = parseTopic(message.topic);
  const body = parse(message.value);
  if (topic === undefined || body === undefined) return 'malformed';
  const points = pointsIn(body, topic, message.timestamp, leave);
  if (typeof points === 'string') return points;
  const origin = message.headers[headers.origin];
  return origin === undefined ? { points } : { points, origin };
}

function pointsIn(body: JsonObject, { subject, tenant }: Topic, arrival: number, leave: () => void): Point[] | NoEntry {
  if (subject === subjects.deviceData) return readingOf(body, tenant, arrival, leave);
  if (subject === subjects.notifications) return notificationOf(body, tenant, arrival);
  return configurationOf(body, tenant, arrival, leave);
}

/** A message without `attrs` tells the status of a device. */
function readingOf(body: JsonObject, tenant: string, arrival: number, leave: () => void): Point[] | NoEntry {
  const { metadata, attrs } = body;
  if (!isObject(metadata)) return 'malformed';
  const { deviceid } = metadata;
  if (typeof deviceid !== 'string' || deviceid === '' || !isShort(deviceid)) return 'malformed';
  if (attrs === undefined) return 'irrelevant';
  if (!isObject(attrs)) return 'malformed';
  const source = { tenant, deviceId: deviceid, time: timeOf(metadata.timestamp) ?? arrival };
  return pointsOf(attrs, source, extraOf(metadata, leave), leave);
}

/** Of the registry's events only `configure` has values; one without any timestamp key is dropped (§3.2). */
function configurationOf(body: JsonObject, tenant: string, arrival: number, leave: () => void): Point[] | NoEntry {
  const { event, data, meta } = body;
  if (event !== 'configure') return 'irrelevant';
  if (!isObject(data) || !isObject(meta)) return 'malformed';
  if (typeof data.id !== 'string' || data.id === '' || !isShort(data.id)) return 'malformed';
  if (!isObject(data.attrs)) return 'malformed';
  if (meta.timestamp === undefined) return 'malformed';
  const source = { tenant, deviceId: data.id, time: timeOf(meta.timestamp) ?? arrival };
  return pointsOf(data.attrs, source, undefined, leave);
}

/** Kept when it asks for that (§3.2); as a whole, because it belongs to no device and has no attributes. */
function notificationOf(body: JsonObject, tenant: string, arrival: number): Point[] | NoEntry {
  const { timestamp, ...value } = body;
  if (!isObject(value.metaAttrsFilter) || !value.metaAttrsFilter.shouldPersist) return 'irrelevant';
  return isShallow(value)
    ? [{ ...notificationSeries, tenant, time: timeOf(timestamp) ?? arrival, value }]
    : 'malformed';
}

function pointsOf(
  attrs: JsonObject,
  { tenant, deviceId, time }: Pick<Point, 'tenant' | 'deviceId' | 'time'>,
  metadata: JsonObject | undefined,
  leave: () => void,
): Point[] {
  const points: Point[] = [];
  for (const attribute of Object.keys(attrs)) {
    const value = attrs[attribute];
    if (value === undefined) continue;
    if (!isShort(attribute) || !isShallow(value)) {
      leave();
      continue;
    }
    const point = { tenant, deviceId, attribute, time, value };
    points.push(metadata === undefined ? point : { ...point, metadata });
  }
  return points;
}

/** Metadata that says more than device, tenant and time; undefined in the ordinary case. */
function extraOf(metadata: JsonObject, leave: () => void): JsonObject | undefined {
  let extra = false;
  for (const key in metadata) extra ||= !isOwn(key);
  if (!extra) return undefined;
  const kept = Object.entries(metadata).filter(([key, value]) => {
    if (isOwn(key)) return false;
    const keeps = isShallow(value);
    if (!keeps) leave();
    return keeps;
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function isOwn(key: string): boolean {
  return key === 'deviceid' || key === 'tenant' || key === 'timestamp';
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
