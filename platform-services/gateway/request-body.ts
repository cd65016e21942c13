/** Reads a request's body, never more of it than allowed and never for longer than allowed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gatewayErrors } from './errors.ts';

/** How long the rest of a refused body is still read, so that the client finds the answer before the connection ends. */
const lingerMs = 3000;

/**
 * Resolves to the whole body (empty when there is none). Throws `BODY_TOO_LARGE` before reading when the announced length
 * is above `limit` bytes, while reading when there is more than announced; `ENCODED_BODY` for compressed ones.
 */
export async function readBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Buffer> {
  refuseByHeaders(request, limit);
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.removeAllListeners('data').pause();
      reject(gatewayErrors.BODY_TOO_LARGE(String(limit)));
    });
    request.on('end', () => resolve(Buffer.concat(chunks, size)));
    // The client went away or was too slow (the server's request timeout): nobody is left to read an answer.
    request.on('error', () => reject(gatewayErrors.BODY_TIMEOUT()));
  });
}

/** What can be refused before a byte of the body is read. */
export function refuseByHeaders(request: IncomingMessage, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw gatewayErrors.BODY_TOO_LARGE(String(limit));
  if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw gatewayErrors.ENCODED_BODY();
}

/** After an early answer: reads on for a moment and throws away what comes, then cuts the connection. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  request.removeAllListeners('data');
  const cut = setTimeout(() => request.socket.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(cut));
  request.resume();
}
