/** Notifications that flows have asked to keep (contract data-realtime-history §3.2, §3.4, §6). */

import { formatDate } from '../../contract/date.ts';
import type { Clock } from '../kit/clock.ts';
import type { HistoryStore, Point, Row, SeriesQuery } from '../kit/history/history-store.ts';
import type { Json } from '../kit/store/store.ts';
import { integerOf, readDates } from './parameters.ts';
import type { Pages } from './reader.ts';

/** The series of a tenant's notifications: no device has an empty id, and an agent can send nothing for one. */
export const notificationSeries = { deviceId: '', attribute: 'notifications' } as const satisfies Partial<Point>;

/** As it was sent, but with `ts` in the place of `timestamp`. */
export type NotificationRow = { readonly [key: string]: Json | undefined };

export interface NotificationReader {
  /** Newest first. Throws `INVALID_INTEGER`, `INVALID_DATE`. */
  read(tenant: string, query: URLSearchParams): Pages<NotificationRow>;
}

export interface NotificationReaderNeeds {
  readonly historyStore: Pick<HistoryStore, 'pages'>;
  readonly clock: Clock;
  readonly expirationMs: number;
}

/** Rows when neither a limit nor a date is given. */
const defaultLimit = 10;
const ownParameters = new Set(['subject', 'dateFrom', 'dateTo', 'limit']);

export function notificationReader({ historyStore, clock, expirationMs }: NotificationReaderNeeds): NotificationReader {
  return {
    read(tenant, parameters) {
      const dates = readDates(parameters);
      const isDated = dates.from !== undefined || dates.to !== undefined;
      const limit = integerOf(parameters, 'limit') || (isDated ? Number.POSITIVE_INFINITY : defaultLimit);
      const from = Math.max(dates.from ?? Number.NEGATIVE_INFINITY, clock.now() - expirationMs);
      const query: SeriesQuery = { ...dates, ...notificationSeries, tenant, from, order: 'newest-first' };
      const isWanted = filterOf(parameters);
      return () => chosen(historyStore.pages(query), isWanted, limit);
    },
  };
}

/** A page without any wanted one is handed on as an empty page. */
async function* chosen(
  pages: AsyncIterable<readonly Row[]>,
  isWanted: (notification: NotificationRow) => boolean,
  limit: number,
): AsyncGenerator<readonly NotificationRow[]> {
  let left = limit;
  for await (const rows of pages) {
    const wanted = rows
      .map(({ value, time }) => (isObject(value) ? { ...value, ts: formatDate(time) } : {}))
      .filter(isWanted)
      .slice(0, left);
    yield wanted;
    left -= wanted.length;
    if (left <= 0) return;
  }
}

/** All conditions must hold: `subject` of the notification, anything else of its `metaAttrsFilter`. */
function filterOf(query: URLSearchParams): (notification: NotificationRow) => boolean {
  const subjects = query.getAll('subject').filter((text) => text !== '');
  const conditions = [...query].filter(([name, text]) => !ownParameters.has(name) && text !== '');
  return ({ subject, metaAttrsFilter }) => {
    if (subjects.some((text) => text.replaceAll('"', '') !== subject)) return false;
    return conditions.every(([name, text]) => isObject(metaAttrsFilter) && metaAttrsFilter[name] === valueIn(text));
  };
}

/** Text stands in double quotes; without them a number and `true` and `false` are what they look like. */
function valueIn(text: string): string | number | boolean {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text.replaceAll('"', '');
}

function isObject(value: Json | undefined): value is NotificationRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
