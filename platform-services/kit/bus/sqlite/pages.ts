/** Reads messages back from the file, one page at a time over all readers: an append waits behind one page at most. */
import type { Message, MessageHeaders } from '../bus.ts';
import type { LogClient } from './log-client.ts';
import type { Columns, RowRange } from './protocol.ts';

export interface Page {
  readonly messages: readonly Message[];
  /** Where to read on. */
  readonly next: number;
}

/** Messages of the range that are no older than `since` (epoch ms), at most `limit`; there may be none before `next`. */
export type ReadPage = (topic: string, range: RowRange, limit: number, since?: number) => Promise<Page>;

const noHeaders: MessageHeaders = {};

export function pageReader(client: LogClient): ReadPage {
  let last: Promise<unknown> = Promise.resolve();
  return (topic, range, limit, since = 0) => {
    const read = async (): Promise<Page> => {
      const { rows, next } = await client.ask({ kind: 'read', range, limit, since }, 'page');
      return { messages: messagesOf(topic, rows), next };
    };
    const page = last.then(read, read);
    last = page;
    return page;
  };
}

function messagesOf(topic: string, rows: Columns): Message[] {
  return rows.offsets.map((offset, row) => ({
    topic,
    partition: rows.partitions[row] ?? 0,
    offset,
    key: rows.keys[row] ?? '',
    value: rows.values[row] ?? '',
    headers: headersOf(rows.headers[row]),
    timestamp: rows.timestamps[row] ?? 0,
  }));
}

function headersOf(text: string | null | undefined): MessageHeaders {
  if (text === null || text === undefined) return noHeaders;
  const headers: MessageHeaders = JSON.parse(text);
  return headers;
}
