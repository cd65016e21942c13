/** The correlation id of a request (contract auth-gateway-pki §2.9, §4.2). */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const sane = /^[\w.:-]{1,64}$/;

/** Keeps the client's `X-Request-Id` when it is a plain short word, else makes a UUID; always returns it. */
export const requestId: RequestHandler = (request, response, next) => {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && sane.test(sent) ? sent : randomUUID();
  request.headers['x-request-id'] = id;
  response.setHeader('X-Request-Id', id);
  next();
};

/** The id `requestId` has put on the request. */
export function requestIdOf(request: { readonly headers: NodeJS.Dict<string | string[]> }): string {
  return String(request.headers['x-request-id']);
}
