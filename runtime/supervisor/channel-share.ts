/**
 * One tenant's process may keep the platform's event loop busy for half of the time at most, whatever it sends: after a
 * while of more, its channel is not read until the others have had their half.
 */

export interface ChannelShare {
  /** What it sent took this long to handle, ms. */
  spent(ms: number): void;
  stop(): void;
}

interface Needs {
  /** ms, growing. */
  readonly now: () => number;
  readonly pause: () => void;
  readonly resume: () => void;
}

const share = 0.5;
/** Time at once beyond the share that is let pass, ms: a deploy of many flows, a full window that ends. */
const allowanceMs = 250;

export function createChannelShare({ now, pause, resume }: Needs): ChannelShare {
  /** Time spent beyond the share, ms, as of `at`. */
  let beyond = 0;
  let at = now();
  let paused: NodeJS.Timeout | undefined;

  return {
    spent(ms) {
      const time = now();
      beyond = Math.max(0, beyond - (time - at) * share) + ms;
      at = time;
      if (beyond <= allowanceMs || paused) return;
      pause();
      paused = setTimeout(() => {
        paused = undefined;
        resume();
      }, beyond / share);
    },
    stop: () => clearTimeout(paused),
  };
}
