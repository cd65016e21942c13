/** Short texts made longer, so that each is worth sending. */
const pieceLength = 64 * 1024;

/**
 * The same text in pieces of at least `pieceLength` characters, but for the last. An empty text is handed on at once: it says
 * that something was read and nothing is to be sent yet, and whoever takes the pieces may stop there.
 */
export async function* gathered(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (text !== '' && piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
