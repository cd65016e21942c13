/** A stream that lets a bounded number of bytes through. */
import { Transform } from 'node:stream';
import { gatewayErrors } from '../errors.ts';

/** Fails with `BODY_TOO_LARGE` at the first byte above `limit`. */
export function bodyLimiter(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      if (size > limit) done(gatewayErrors.BODY_TOO_LARGE(String(limit)));
      else done(null, chunk);
    },
  });
}
