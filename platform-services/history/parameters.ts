/** The query of `GET /history/device/{id}/history`, read as leniently as the contract asks (§3.4). */

import { parseDate } from '../../contract/date.ts';
import type { SeriesQuery } from '../kit/history/history-store.ts';
import { historyErrors } from './errors.ts';

export interface HistoryParameters {
  /** Undefined: all attributes of the device. */
  readonly attributes?: readonly string[];
  /** One attribute, not written as a list: the answer is a list of rows, and none is an error. */
  readonly single: boolean;
  readonly range: Pick<SeriesQuery, 'order' | 'limit' | 'from' | 'to'>;
}

/** Of several limits the first of these counts, and only that one is looked at. */
const limits = [
  { name: 'firstN', order: 'oldest-first' },
  { name: 'lastN', order: 'newest-first' },
  { name: 'hLimit', order: 'newest-first' },
] as const;

/** Throws `INVALID_INTEGER`, `INVALID_DATE`. */
export function readParameters(query: URLSearchParams): HistoryParameters {
  return { range: readRange(query), ...attributesOf(query) };
}

/** Limit and dates alone. Throws as `readParameters` does. */
export function readRange(query: URLSearchParams): HistoryParameters['range'] {
  return { ...readDates(query), ...limitOf(query) };
}

export function readDates(query: URLSearchParams): Pick<SeriesQuery, 'from' | 'to'> {
  const from = dateOf(query, 'dateFrom');
  const to = dateOf(query, 'dateTo');
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Attribute labels hold no commas, so an encoded one separates as well. */
function attributesOf(query: URLSearchParams): Pick<HistoryParameters, 'attributes' | 'single'> {
  const given = valuesOf(query, 'attr');
  const labels = [...new Set(given.flatMap((text) => text.split(',')).filter((label) => label !== ''))];
  if (labels.length === 0) return { single: false };
  return { attributes: labels, single: given.length === 1 && !given.some((text) => text.includes(',')) };
}

function limitOf(query: URLSearchParams): Pick<SeriesQuery, 'order' | 'limit'> {
  for (const { name, order } of limits) {
    const limit = integerOf(query, name);
    if (limit !== undefined) return limit === 0 ? { order } : { order, limit };
  }
  return { order: 'newest-first' };
}

/** Without its sign; undefined when it is not given. Throws `INVALID_INTEGER`. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const [text, ...more] = valuesOf(query, name);
  if (text === undefined) return undefined;
  if (more.length > 0 || !/^\s*[+-]?\d+\s*$/.test(text)) throw historyErrors.INVALID_INTEGER(name);
  return Math.min(Math.abs(Number(text)), Number.MAX_SAFE_INTEGER);
}

function dateOf(query: URLSearchParams, name: string): number | undefined {
  const [text, ...more] = valuesOf(query, name);
  if (text === undefined) return undefined;
  const time = more.length > 0 ? undefined : parseDate(text);
  if (time === undefined) throw historyErrors.INVALID_DATE(name);
  return time;
}

/** Values of a parameter; a blank one counts as not given. */
function valuesOf(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).filter((value) => value !== '');
}
