/**
 * Brings the events that device documents owe to the bus. A change and the event it owes are one write, so a crash between
 * the write and the publication loses nothing: what is still owed is sent at the next start, in the same order per device.
 */
import type { Collection, Stored } from '../kit/store/store.ts';
import type { Chunk, DeviceChunks } from './chunks.ts';
import type { DeviceDocument, PendingEvent } from './documents.ts';
import { type Events, lifecycleMessage } from './events.ts';
import { renderDevice } from './wire.ts';

export interface Outbox {
  /** Publishes what these documents owe and clears it. Rejects when that was not possible; nothing is forgotten then. */
  flush(tenant: string, changes: readonly Stored<DeviceDocument>[]): Promise<void>;
  /** The same for everything the tenant owes. */
  flushAll(tenant: string): Promise<void>;
}

export function outbox(devices: Collection<DeviceDocument>, chunks: DeviceChunks, events: Events): Outbox {
  async function send(tenant: string, { stored, templates }: Chunk): Promise<void> {
    const messages = stored.flatMap(({ document }) => {
      const now = renderDevice(document, templates);
      return document.pending.map((owed) => lifecycleMessage(tenant, owed.event, owed.device ?? now));
    });
    await events.publish(tenant, messages);
    await clear(tenant, stored);
  }

  async function clear(tenant: string, sent: readonly Stored<DeviceDocument>[]): Promise<void> {
    const live = sent.filter(({ document }) => document.live);
    const gone = sent.filter(({ document }) => !document.live);
    const settled = live.map(({ document, revision }) => ({
      document: { ...document, pending: [], hasPending: false },
      revision,
    }));
    if (settled.length > 0) await devices.replaceMany(tenant, settled);
    const ids = gone.map(({ document }) => document.id);
    if (ids.length > 0) await devices.removeMany(tenant, { live: false, id: { $in: ids } });
  }

  return {
    async flush(tenant, changes) {
      for await (const chunk of chunks.of(tenant, changes)) await send(tenant, chunk);
    },
    async flushAll(tenant) {
      for await (const chunk of chunks.matching(tenant, { hasPending: true })) await send(tenant, chunk);
    },
  };
}

/** Adds an event to what a document owes; a second `update` in a row would say the same as the first. */
export function owing(
  { pending }: Pick<DeviceDocument, 'pending'>,
  event: 'create' | 'update',
): Pick<DeviceDocument, 'pending' | 'hasPending'> {
  const repeats = event === 'update' && pending.at(-1)?.event === 'update';
  return { pending: repeats ? pending : [...pending, { event }], hasPending: true };
}

/** What stays of a removed device until its `remove` event is on the bus. */
export function tombstone(device: DeviceDocument, shown: NonNullable<PendingEvent['device']>): DeviceDocument {
  const pending: PendingEvent[] = [...device.pending, { event: 'remove' as const }].map((owed) => ({
    device: shown,
    ...owed,
  }));
  const nothing = { label: '', templates: [], overrides: {}, unaltered: [], terms: [] };
  return { ...device, ...nothing, live: false, pending, hasPending: true };
}
