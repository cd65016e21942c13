/**
 * When a process that died is started again: at once as often as it takes to set aside a message that kills, then after
 * growing pauses, until it has been well for a minute.
 */
const deathsWithoutPause = 3;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** Somebody outside who kills does not mean that the flows are ill. */
const longestPauseWhenKilledMs = 1000;
const wellAfterMs = 60_000;
const deathsToSafeMode = 5;

export interface Restarts {
  /** A process died `aliveMs` after its start; returns the pause before the next one, ms. */
  died(aliveMs: number, byItself: boolean): number;
  /** Whether processes die so reliably that the flows have to stay stopped while somebody repairs them in the editor. */
  areFlowsIll(): boolean;
  /** The flows changed: they get a new chance. */
  reset(): void;
}

export function createRestarts(): Restarts {
  let deaths = 0;
  let deathsByItself = 0;

  function reset(): void {
    deaths = 0;
    deathsByItself = 0;
  }

  return {
    died(aliveMs, byItself) {
      if (aliveMs >= wellAfterMs) reset();
      deaths += 1;
      if (byItself) deathsByItself += 1;
      if (deaths <= deathsWithoutPause) return 0;
      const pause = firstPauseMs * 2 ** (deaths - deathsWithoutPause - 1);
      return Math.min(pause, byItself ? longestPauseMs : longestPauseWhenKilledMs);
    },
    areFlowsIll: () => deathsByItself >= deathsToSafeMode,
    reset,
  };
}
