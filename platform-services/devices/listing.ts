import type { Pieces } from '../kit/http/route.ts';

/** Short texts are gathered, so that each piece is worth sending. */
const pieceLength = 64 * 1024;

/** The JSON of an object with the members of `head` and a list called `name`, whose items are read while they are sent. */
export async function* listing(head: object, name: string, items: AsyncIterable<object>): Pieces {
  let piece = JSON.stringify({ ...head, [name]: [] }).slice(0, -']}'.length);
  let separator = '';
  for await (const item of items) {
    piece += separator + JSON.stringify(item);
    separator = ',';
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}`;
}
