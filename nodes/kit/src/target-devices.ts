import { z } from 'zod';
import { explain, messagePath, text, texts } from './config.ts';
import { findPath } from './message-path.ts';
import type { EventSource, Message } from './platform.ts';

/** How the nodes that write to devices choose them (contract flows-and-nodes §9.3). */
export const targetConfig = z.looseObject({ device_source: text('self') });
const configuredSource = z.object({ devices_source_configured: texts });
const dynamicSource = z.object({ devices_source_dynamic: messagePath });

export type TargetConfig = z.output<typeof targetConfig>;

/** The distinct ids of the target devices of a message, in order; throws when there is none, or an impossible one. */
export type TargetDevices = (source: EventSource, message: Message) => readonly string[];

/** Characters of the longest id the platform takes. */
const longestId = 256;

/** Throws when the chosen source is configured wrongly; the others are not looked at. */
export function targetDevices(config: TargetConfig): TargetDevices {
  const candidates = candidatesOf(config);
  return (source, message) => {
    const ids = candidates(source, message)
      .map(idText)
      .filter((id) => id !== '');
    if (ids.length === 0) throw new Error('Could not define target devices');
    return [...new Set(ids)];
  };
}

function candidatesOf(config: TargetConfig): (source: EventSource, message: Message) => readonly unknown[] {
  switch (config.device_source) {
    case 'self':
      return ({ deviceId }) => [deviceId];
    case 'configured': {
      const { devices_source_configured: ids } = parse(configuredSource, config);
      return () => ids;
    }
    case 'dynamic': {
      const { devices_source_dynamic: path } = parse(dynamicSource, config);
      return (_source, message) => [findPath(message, path)].flat();
    }
    default:
      return () => [];
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, config: TargetConfig): z.output<Schema> {
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new Error(explain(parsed.error));
  return parsed.data;
}

function idText(id: unknown): string {
  const known = typeof id === 'string' || typeof id === 'number' ? String(id).trim() : '';
  if (known.length > longestId) {
    throw new Error(`A device id of ${known.length} characters is too long: ${longestId} is the most`);
  }
  return known;
}
