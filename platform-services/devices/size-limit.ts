/** How much one request may write: all or nothing means that it is one write of the store, held in memory at once. */
import { errors } from './errors.ts';
import { charactersOfOne } from './weights.ts';

/** Attributes and metadata of all its devices, counted as in `weights.ts`. */
export const mostWritten = 200_000;

/** Throws `TOO_MUCH`. */
export function refuseTooMuch(weight: number): void {
  if (weight > mostWritten) throw errors.TOO_MUCH(String(mostWritten), String(charactersOfOne));
}
