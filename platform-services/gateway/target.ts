/** The request target (RFC 9112 §3.2), cut without trusting it: no host, no dot segments, no double decoding. */
import { gatewayErrors } from './errors.ts';

export interface Target {
  /** As sent, without the query. */
  readonly path: string;
  /** Decoded one by one, so that an encoded slash stays inside its segment. `/a/` has an empty last one. */
  readonly segments: readonly string[];
  /** Without `jwt` parameters: the gateway's own, and a secret. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  /** Values of the query parameter `jwt`. */
  readonly tokens: readonly string[];
}

/** Throws `INVALID_PATH` when a percent sign is not followed by UTF-8 in hexadecimal. */
export function parseTarget(url: string): Target {
  const originForm = url.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = originForm.indexOf('?');
  const path = mark < 0 ? originForm : originForm.slice(0, mark);
  const sentQuery = mark < 0 ? '' : originForm.slice(mark + 1);
  const rawQuery = sentQuery
    .split('&')
    .filter((part) => !/^jwt(=|$)/.test(part))
    .join('&');
  return {
    path,
    segments: path.split('/').slice(1).map(decodeSegment),
    rawQuery,
    query: new URLSearchParams(rawQuery),
    tokens: new URLSearchParams(sentQuery).getAll('jwt'),
  };
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw gatewayErrors.INVALID_PATH();
    throw error;
  }
}
