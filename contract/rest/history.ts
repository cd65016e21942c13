/** REST operations of the history (contract data-realtime-history §3.4). */
import { z } from 'zod';

/** One value a device has said. */
export const historyRow = z.object({
  attr: z.string(),
  value: z.unknown(),
  device_id: z.string(),
  /** UTC with six fraction digits, or none when they are zero. */
  ts: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});
export type HistoryRow = z.infer<typeof historyRow>;

/** Rows of one attribute, or rows by attribute. */
export const historyAnswer = z.union([z.array(historyRow), z.record(z.string(), z.array(historyRow))]);
export type HistoryAnswer = z.infer<typeof historyAnswer>;

export const historyError = z.object({ title: z.string(), description: z.string() });

/** As documented; they are read leniently, see the history service. */
export const historyQuery = z.object({
  attr: z.string().optional().describe('An attribute, or several separated by commas; absent = all of the device'),
  lastN: z.string().optional().describe('The newest N of each attribute, newest first'),
  firstN: z.string().optional().describe('The oldest N of each attribute, oldest first'),
  hLimit: z.string().optional().describe('The older name of lastN'),
  dateFrom: z.string().optional().describe('Not older than this date; UTC when it has no zone'),
  dateTo: z.string().optional().describe('Not newer than this date; UTC when it has no zone'),
});

const refusals = {
  400: { description: 'A parameter cannot be read', body: historyError },
  406: { description: 'Neither JSON nor CSV is accepted', body: historyError },
} as const;
const notFound = { description: 'Unknown device, or nothing said about the one attribute', body: historyError };

/** As they are documented. */
export const historyEndpoints = {
  device: {
    method: 'get',
    path: '/history/device/{id}/history',
    tag: 'history',
    summary: 'What a device has said: rows of one attribute, or of several by attribute; CSV for `Accept: text/csv`',
    query: historyQuery,
    responses: { 200: { description: 'The rows', body: historyAnswer }, ...refusals, 404: notFound },
  },
  notifications: {
    method: 'get',
    path: '/history/notifications/history',
    tag: 'history',
    summary: 'Notifications of flows that asked for being kept, newest first; CSV for `Accept: text/csv`',
    query: z.object({
      subject: z.string().optional().describe('Of this subject, in double quotes: `subject="user_notification"`'),
      dateFrom: z.string().optional().describe('Not older than this date; UTC when it has no zone'),
      dateTo: z.string().optional().describe('Not newer than this date; UTC when it has no zone'),
      limit: z.string().optional().describe('Most rows; absent = 10, or all when a date is given'),
    }),
    responses: {
      200: {
        description: 'The notifications; any other parameter `k=v` chooses those whose `metaAttrsFilter` has it',
        body: z.object({ notifications: z.array(z.record(z.string(), z.unknown())) }),
      },
      ...refusals,
    },
  },
  context: {
    method: 'get',
    path: '/history/STH/v1/contextEntities/type/{type}/id/{id}/attributes/{attr}',
    tag: 'history',
    summary: 'Deprecated: the rows of one attribute in the form of FIWARE STH, in reverse order',
    query: historyQuery.omit({ attr: true }),
    responses: {
      200: { description: 'The values', body: z.object({ contextResponses: z.array(z.unknown()) }) },
      ...refusals,
      404: notFound,
    },
  },
} as const;
