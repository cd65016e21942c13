/** How much a tenant may have stored in a while: what flows and people save is kept for good. */
import { flowErrors } from './errors.ts';

export interface SaveAllowance {
  /** Throws `TOO_MUCH_SAVED` when there is no allowance left for `characters`. */
  spend(characters: number): void;
}

/** A save of the largest flows some times in a row, then one in a few minutes. */
const mostAtOnce = 96 * 1024 * 1024;
const perSecond = 64 * 1024;

/** `now`: ms. */
export function createSaveAllowance(now: () => number): SaveAllowance {
  let left = mostAtOnce;
  let at = now();

  return {
    spend(characters) {
      const time = now();
      left = Math.min(mostAtOnce, left + (Math.max(0, time - at) / 1000) * perSecond);
      at = time;
      if (characters > left) throw flowErrors.TOO_MUCH_SAVED();
      left -= characters;
    },
  };
}
