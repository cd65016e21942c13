/** What a message's timestamp means (contract data-realtime-history §3.3). */
import { parseDate } from './date.ts';

/** Numbers up to this one are seconds, larger ones milliseconds. */
const largestSeconds = 2 ** 31 - 1;
/** The end of the time a date can express, ms. */
const largestTime = 8.64e15;

/** Epoch ms; undefined when the timestamp is absent or cannot be understood. */
export function timeOf(timestamp: unknown): number | undefined {
  const time = typeof timestamp === 'number' ? fromNumber(timestamp) : fromText(timestamp);
  return time !== undefined && Math.abs(time) <= largestTime ? time : undefined;
}

function fromNumber(timestamp: number): number {
  if (timestamp > largestSeconds) return Math.trunc(timestamp);
  // Through microseconds, because 1650000000.123 * 1000 falls a little short of …123.
  return Math.floor(Math.round(timestamp * 1e6) / 1e3);
}

function fromText(timestamp: unknown): number | undefined {
  if (typeof timestamp !== 'string') return undefined;
  if (/^\s*-?\d+(\.\d+)?\s*$/.test(timestamp)) return fromNumber(Number(timestamp));
  return parseDate(timestamp);
}
