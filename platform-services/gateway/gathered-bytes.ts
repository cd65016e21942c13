/** Chunks put together in one buffer: what a body costs in memory depends on its size, not on how it was cut. */
import type { BodyShare } from './body-budget.ts';
import { gatewayErrors } from './errors.ts';

export interface GatheredBytes {
  /** Throws `BODY_TOO_LARGE`, `CRUMBLED_BODY` or `TOO_MANY_BODIES`. */
  add(chunk: Buffer): void;
  all(): Buffer;
}

/** The least that is asked for at a time, bytes. */
const leastGrowth = 4096;
/** So many chunks may be of any size: programs that write JSON piece by piece send words. */
const chunksOfAnySize = 10_000;
/** Each chunk is work for the parser, so from then on the average must be worth it, bytes. */
const leastAverage = 16;

/** `expected`: size of the whole when it is known; the buffer grows by doubling, never above what may come. */
export function gatheredBytes(limit: number, expected: number | undefined, share: BodyShare): GatheredBytes {
  const most = expected ?? limit;
  let bytes = Buffer.alloc(0);
  let size = 0;
  let chunks = 0;

  function grow(needed: number): void {
    const room = Math.max(needed, Math.min(most, Math.max(leastGrowth, 2 * bytes.length)));
    share.take(room - bytes.length);
    const larger = Buffer.allocUnsafe(room);
    bytes.copy(larger, 0, 0, size);
    bytes = larger;
  }

  return {
    add(chunk) {
      chunks += 1;
      const grown = size + chunk.length;
      if (grown > limit) throw gatewayErrors.BODY_TOO_LARGE(String(limit));
      if (chunks > chunksOfAnySize && grown < chunks * leastAverage) throw gatewayErrors.CRUMBLED_BODY();
      if (grown > bytes.length) grow(grown);
      chunk.copy(bytes, size);
      size = grown;
    },
    all: () => bytes.subarray(0, size),
  };
}
