/** Reading a JSON body, with the error text of the service that reads it. */
import type { PlatformError } from '../errors.ts';
import type { Json } from '../store/store.ts';
import type { ApiRequest } from './route.ts';

/** The body as JSON. Throws `invalid()` when the content type is not JSON (parameters allowed) or the text is not. */
export function jsonBody(request: Pick<ApiRequest, 'headers' | 'body'>, invalid: () => PlatformError): Json {
  if (!hasJsonType(request)) throw invalid();
  return parsedJson(request.body, invalid);
}

/** The same whatever the sender calls it. */
export function parsedJson(body: Buffer, invalid: () => PlatformError): Json {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid();
    throw error;
  }
}

/** Whether the sender calls the body `application/json`, whatever parameters follow. */
export function hasJsonType(request: Pick<ApiRequest, 'headers'>): boolean {
  const type = request.headers['content-type'];
  return typeof type === 'string' && type.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
