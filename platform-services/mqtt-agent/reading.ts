/** What a device said, from MQTT payload to bus message (contract iot-agents §1.5, data-realtime-history §5.1). */
import { isUtf8 } from 'node:buffer';
import { parseDate } from '../../contract/date.ts';
import { deepestReading, longestLabel } from '../../contract/limits.ts';
import type { DeviceIdentity } from './identity.ts';

export interface Reading {
  /** The payload as the device wrote it: a JSON object. */
  readonly attrs: string;
  /** A JSON number: ms, or s when the device says so. */
  readonly timestamp: string;
  /** The payload has a `timestamp` that is no time, so the time of arrival is used. */
  readonly badTimestamp: boolean;
}

/** Undefined when the payload is not a JSON object in UTF-8 that can be kept. `now`: epoch ms, for payloads without a usable time. */
export function parseReading(payload: Buffer, now: number): Reading | undefined {
  if (!isUtf8(payload)) return undefined;
  const attrs = payload.toString();
  const value = parseObject(attrs);
  if (value === undefined || isTooDeep(attrs) || hasLongLabel(attrs, value)) return undefined;
  if (value.timestamp === undefined) return { attrs, timestamp: String(now), badTimestamp: false };
  const timestamp = typeof value.timestamp === 'string' ? parseDate(value.timestamp) : value.timestamp;
  return typeof timestamp === 'number' && Number.isFinite(timestamp)
    ? { attrs, timestamp: String(timestamp), badTimestamp: false }
    : { attrs, timestamp: String(now), badTimestamp: true };
}

/** Everything of a device's messages that stays the same, up to the timestamp. */
export function envelopeOf({ tenant, deviceId }: DeviceIdentity): string {
  return `{"metadata":{"deviceid":${JSON.stringify(deviceId)},"tenant":${JSON.stringify(tenant)},"timestamp":`;
}

/** The bus message. The device's own text goes in as it is: it was parsed, so it is one well-formed object. */
export function toBusValue(envelope: string, reading: Reading): string {
  return `${envelope}${reading.timestamp}},"attrs":${reading.attrs}}`;
}

function parseObject(text: string): { readonly timestamp?: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** A label is no longer than the text it stands in, so short texts need no look. */
function hasLongLabel(text: string, value: object): boolean {
  return text.length > longestLabel && Object.keys(value).some((label) => label.length > longestLabel);
}

/** Counts brackets outside strings of well-formed JSON. */
function isTooDeep(text: string): boolean {
  // Ordinary readings have few brackets anywhere, which is found out much faster.
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > deepestReading) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}

function hasManyBrackets(text: string): boolean {
  // Each level costs two characters.
  if (text.length <= 2 * deepestReading) return false;
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > deepestReading) return true;
    }
  }
  return false;
}
