/** The history's operations, as they are documented (contract data-realtime-history §3.4). */
import { z } from 'zod';
import { historyAnswer, historyError, historyQuery } from '../../contract/rest/history.ts';
import type { Endpoint } from '../kit/http/route.ts';

const refusals = {
  400: { description: 'A parameter cannot be read', body: historyError },
  406: { description: 'Neither JSON nor CSV is accepted', body: historyError },
} as const;
const notFound = { description: 'Unknown device, or nothing said about the one attribute', body: historyError };

export const deviceHistory: Endpoint = {
  method: 'get',
  path: '/history/device/{id}/history',
  tag: 'history',
  summary: 'What a device has said: rows of one attribute, or of several by attribute; CSV for `Accept: text/csv`',
  query: historyQuery,
  responses: { 200: { description: 'The rows', body: historyAnswer }, ...refusals, 404: notFound },
};

export const notificationHistory: Endpoint = {
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
};

export const contextHistory: Endpoint = {
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
};
