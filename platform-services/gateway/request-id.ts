/** The correlation id of a request (contract auth-gateway-pki §2.9, §4.2). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const sane = /^[\w.:-]{1,64}$/;

export const requestId: RequestHandler = (request, response, next) => {
  response.setHeader('X-Request-Id', requestIdOf(request));
  next();
};

/** The client's `X-Request-Id` when it is a plain short word, else a UUID, the same at every call. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const sent = headers['x-request-id'];
  const id = typeof sent === 'string' && sane.test(sent) ? sent : randomUUID();
  headers['x-request-id'] = id;
  return id;
}
