/** Puts an answer of any length on the wire, as fast as the client takes it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse, Pieces } from '../kit/http/route.ts';
import { discardRest } from './request-body.ts';
import { writeHead } from './send.ts';

/** Resolves when everything is sent or the client has gone; what the pieces throw comes through. */
export async function sendPieces(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
  pieces: Pieces,
): Promise<void> {
  const room = roomFor(response);
  let begun = false;
  for await (const piece of pieces) {
    // Leaving the loop is what tells the pieces that nobody wants more.
    if (response.destroyed) return;
    if (!begun) writeHead(response, answer, 'text/plain; charset=utf-8');
    begun = true;
    if (request.method === 'HEAD') break;
    if (piece !== '' && !response.write(piece)) await room();
  }
  if (response.destroyed) return;
  if (!begun) writeHead(response, answer, 'text/plain; charset=utf-8');
  response.end();
  discardRest(request);
}

/** Waits until the response takes more or has ended. One listener for all, as `compression` forgets to remove any. */
function roomFor(response: ServerResponse): () => Promise<void> {
  let wake: () => void = () => undefined;
  response.on('drain', () => wake());
  response.on('close', () => wake());
  return () =>
    new Promise((resolve) => {
      wake = resolve;
      if (response.destroyed) resolve();
    });
}
