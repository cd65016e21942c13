/** Bodies and parameters of the history API (contract data-realtime-history §3.4). */
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
