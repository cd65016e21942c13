import { type PlatformError, portErrors } from '../../errors.ts';
import { isDamage, reasonOf } from '../../sqlite/failures.ts';

/** What went wrong while the log was read or written. */
export function logError(error: unknown, file: string): PlatformError {
  if (isDamage(error)) return portErrors.CORRUPT_FILE(file, reasonOf(error));
  return portErrors.BUS_UNAVAILABLE(reasonOf(error));
}
