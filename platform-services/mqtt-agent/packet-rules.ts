/** What no client may send, whoever it is: its connection is closed (MQTT 3.1.1 §4.8). */
import type { Packet } from 'mqtt-packet';
import { Refusal } from './refusal.ts';

/** Filters of one SUBSCRIBE or UNSUBSCRIBE. A device hears one topic; thousands of filters hold up everybody. */
const mostFilters = 100;

export function violationOf(packet: Packet): Refusal | undefined {
  switch (packet.cmd) {
    case 'publish':
      return packet.qos > 0 ? withoutId(packet) : undefined;
    case 'subscribe':
      return withoutId(packet) ?? withFilters(packet.subscriptions.map(({ topic }) => topic));
    case 'unsubscribe':
      return withoutId(packet) ?? withFilters(packet.unsubscriptions);
    default:
      return undefined;
  }
}

/** MQTT 3.1.1 §2.3.1. */
function withoutId({ messageId }: Packet): Refusal | undefined {
  return messageId === 0 ? new Refusal('packet-id') : undefined;
}

function withFilters(filters: readonly string[]): Refusal | undefined {
  if (filters.length > mostFilters) return new Refusal('too-many-filters');
  // MQTT 3.1.1 §1.5.3.
  return filters.some((filter) => filter.includes('\0')) ? new Refusal('null-character') : undefined;
}
