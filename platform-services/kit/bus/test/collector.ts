/** Small things the bus tests share. */
import type { Batch, BatchHandler, Message, OutgoingMessage } from '../bus.ts';

/** Remembers what a subscription brought; `until` waits for it. */
export interface Collector {
  readonly batches: Batch[];
  readonly messages: Message[];
  readonly values: string[];
  readonly handler: BatchHandler;
  /** Resolves when `condition` holds after a batch; jest's own limit ends a wait in vain. */
  until(condition: () => boolean): Promise<void>;
  /** Until so many messages have come. */
  count(messages: number): Promise<void>;
}

/** `before` runs before a batch counts as collected; what it throws the bus gets. */
export function collector(before: BatchHandler = async () => undefined): Collector {
  const batches: Batch[] = [];
  const messages: Message[] = [];
  const values: string[] = [];
  const waits = new Set<{ condition: () => boolean; resolve: () => void }>();
  const until = (condition: () => boolean): Promise<void> =>
    condition() ? Promise.resolve() : new Promise((resolve) => waits.add({ condition, resolve }));
  return {
    batches,
    messages,
    values,
    async handler(batch) {
      await before(batch);
      batches.push(batch);
      messages.push(...batch.messages);
      values.push(...batch.messages.map(({ value }) => value));
      for (const wait of waits) if (wait.condition() && waits.delete(wait)) wait.resolve();
    },
    until,
    count: (wanted) => until(() => messages.length >= wanted),
  };
}

export function message(key: string, value: string): OutgoingMessage {
  return { key, value };
}

/** A promise to be settled by hand. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}

/** Asks again every few ms until it holds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

export const deviceData = { subjects: ['device-data'] };
export const topic = 'admin.device-data';
