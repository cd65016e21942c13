/** The one rule of what is logged: what is the platform's fault, once, where it is answered, with its cause. */
import type { IncomingMessage } from 'node:http';
import { isPlatformError, type PlatformError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { internalError } from './errors.ts';
import { requestIdOf } from './request-id.ts';

/** What the client is told of an error; one whose status is 500 or more is logged. */
export function failureOf(error: unknown, request: IncomingMessage, log: Log): PlatformError {
  const requestId = requestIdOf(request);
  const known = isPlatformError(error) ? error : internalError(error, requestId);
  if (known.status >= 500) {
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    log.error('a request failed', { requestId, method: request.method, path, code: known.code, error });
  }
  return known;
}
