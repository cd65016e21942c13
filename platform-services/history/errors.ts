/** Errors of the history API: title and description (contract data-realtime-history §3.4). */
import { catalogue, type PlatformError } from '../kit/errors.ts';
import type { ApiResponse } from '../kit/http/route.ts';

export const historyErrors = catalogue({
  NOT_ACCEPTABLE: [406, 'Not Acceptable'],
  DEVICE_NOT_FOUND: [404, 'No data for the given device could be found'],
  ATTR_NOT_FOUND: [404, 'No data for the given attribute could be found'],
  INVALID_INTEGER: [400, (name) => `The "${name}" parameter is invalid. Must be integer.`],
  INVALID_DATE: [400, (name) => `The "${name}" parameter is invalid. Must be a date.`],
  UNKNOWN_PATH: [404, 'There is nothing at this path.'],
  METHOD_NOT_ALLOWED: [405, 'The history can only be read.'],
});

const titles: ReadonlyMap<string, string> = new Map([
  ['NOT_ACCEPTABLE', 'Media type not acceptable'],
  ['DEVICE_NOT_FOUND', 'Device not found'],
  ['ATTR_NOT_FOUND', 'Attr not found'],
  ['INVALID_INTEGER', 'Invalid parameter'],
  ['INVALID_DATE', 'Invalid parameter'],
  ['UNKNOWN_PATH', 'Not found'],
  ['METHOD_NOT_ALLOWED', 'Method not allowed'],
]);

/** As the client can read it: JSON, XML when it prefers that, nothing when it accepts neither. */
export function renderHistoryError(error: PlatformError, type: 'json' | 'xml' | 'none' = 'json'): ApiResponse {
  const { status } = error;
  const title = titles.get(error.code) ?? (status >= 500 ? 'Internal Server Error' : 'Bad request');
  const headers = { Vary: 'Accept' };
  if (type === 'none') return { status, headers };
  if (type === 'xml') {
    const body = `<?xml version="1.0" encoding="UTF-8"?><error><title>${xmlText(title)}</title><description>${xmlText(error.message)}</description></error>`;
    return { status, body, headers: { ...headers, 'Content-Type': 'application/xml; charset=UTF-8' } };
  }
  const body = JSON.stringify({ title, description: error.message, ...error.detail }, null, 4);
  return { status, body, headers: { ...headers, 'Content-Type': 'application/json; charset=UTF-8' } };
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
