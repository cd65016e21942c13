/** What a device does to hear commands. */

import { expect } from '@jest/globals';
import type { Packet } from 'mqtt-packet';
import type { RawClient } from './raw-client.ts';
import { until } from './until.ts';

/** Resolves to the codes of the SUBACK. */
export async function subscribe(
  client: RawClient,
  topic: string | string[] = 'admin:efac/config',
  qos: 0 | 1 | 2 = 1,
  messageId = 100,
) {
  const subscriptions = [topic].flat().map((name) => ({ topic: name, qos }));
  client.send({ cmd: 'subscribe', messageId, subscriptions });
  const suback = await client.expect('suback', messageId);
  return 'granted' in suback ? suback.granted : undefined;
}

export async function unsubscribe(client: RawClient, topic = 'admin:efac/config'): Promise<void> {
  client.send({ cmd: 'unsubscribe', messageId: 200, unsubscriptions: [topic] });
  await client.expect('unsuback', 200);
}

export function commandsOf(client: RawClient): Extract<Packet, { cmd: 'publish' }>[] {
  return client.received.filter((packet) => packet.cmd === 'publish');
}

export function payloadsOf(client: RawClient): string[] {
  return commandsOf(client).map((packet) => packet.payload.toString());
}

/** These and no others, as soon as there are as many. */
export async function expectPayloads(client: RawClient, payloads: string[]): Promise<void> {
  await until('the commands', () => commandsOf(client).length >= payloads.length);
  expect(payloadsOf(client)).toEqual(payloads);
}

export function acknowledgeAll(client: RawClient): void {
  for (const { messageId } of commandsOf(client))
    if (messageId !== undefined) client.send({ cmd: 'puback', messageId });
}
