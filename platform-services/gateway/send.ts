/** Puts an answer of a handler on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse } from '../kit/http/route.ts';
import { discardRest } from './request-body.ts';

export function send(request: IncomingMessage, response: ServerResponse, answer: ApiResponse): void {
  if (response.headersSent || response.destroyed) return;
  const { bytes, type } = encode(answer.body);
  writeHead(response, answer, type);
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('Content-Length', bytes.length);
  // HEAD is GET without the body (RFC 9110 §9.3.2).
  response.end(request.method === 'HEAD' ? undefined : bytes);
  discardRest(request);
}

/** `type`: unless the answer names another. */
export function writeHead(response: ServerResponse, answer: ApiResponse, type: string | undefined): void {
  response.statusCode = answer.status;
  response.setHeader('Cache-Control', 'no-store');
  if (type) response.setHeader('Content-Type', type);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
}

function encode(body: unknown): { readonly bytes: Buffer; readonly type?: string } {
  if (body === undefined) return { bytes: Buffer.alloc(0) };
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), type: 'application/octet-stream' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json; charset=utf-8' };
}
