/** Reads a request's body, never more of it than allowed and never for longer than allowed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPlatformError } from '../kit/errors.ts';
import type { BodyShare } from './body-budget.ts';
import { gatewayErrors } from './errors.ts';
import { gatheredBytes } from './gathered-bytes.ts';

/** How long the rest of a refused body is still read, so that the client finds the answer before the connection ends. */
const lingerMs = 3000;

/**
 * Resolves to the whole body (empty when there is none), whose memory `share` accounts for. Throws `BODY_TOO_LARGE` before
 * reading when the announced length is above `limit` bytes, while reading when there is more than announced;
 * `ENCODED_BODY` for compressed ones; `CRUMBLED_BODY` and `TOO_MANY_BODIES` as they come.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
  share: BodyShare,
): Promise<Buffer> {
  refuseByHeaders(request, limit);
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const body = gatheredBytes(limit, announcedLength(request), share);
  let isRefused = false;
  return new Promise((resolve, reject) => {
    // What still comes of a refused body is dropped here: kept in the stream, every chunk would cost memory again.
    request.on('data', (chunk: Buffer) => {
      if (isRefused) return;
      try {
        body.add(chunk);
      } catch (error) {
        isRefused = true;
        // The parser's work with such a body is the harm: it is not read to its end.
        if (isPlatformError(error, 'CRUMBLED_BODY')) response.setHeader('Connection', 'close');
        reject(error);
      }
    });
    request.on('end', () => resolve(body.all()));
    // The client went away or was too slow (the server's request timeout): nobody is left to read an answer.
    request.on('error', (error) => reject(gatewayErrors.BODY_TIMEOUT().because(error)));
  });
}

/** What can be refused before a byte of the body is read. */
function refuseByHeaders(request: IncomingMessage, limit: number): void {
  if ((announcedLength(request) ?? 0) > limit) throw gatewayErrors.BODY_TOO_LARGE(String(limit));
  if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw gatewayErrors.ENCODED_BODY();
}

/** Undefined for a body that comes in chunks, and for none. The parser has made sure that it is a number. */
function announcedLength({ headers }: IncomingMessage): number | undefined {
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
}

/** After an early answer: reads on for a moment and throws away what comes, then cuts the connection. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  request.removeAllListeners('data');
  const cut = setTimeout(() => request.socket.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(cut));
  request.resume();
}
