/** Back-off of log-in (contract auth-gateway-pki §2.8): so many failures per minute and hour, by client address and by user name. */
import type { Clock } from '../kit/clock.ts';
import { tooManyAttempts } from './errors.ts';

/** What failures are counted by. */
export interface LimitKey {
  readonly name: string;
  /** How many times the limits it may have. */
  readonly factor: number;
}

export interface Attempt {
  /** It was a wrong guess. */
  failed(): void;
  /** It was right, or nobody could say. */
  passed(): void;
}

export interface AttemptLimits {
  /**
   * Begins an attempt; throws `TOO_MANY_ATTEMPTS` when one of the keys has no more. When it has only as many as are being
   * tried already, it waits for one of those to end: guesses made at the same time count, and right ones are not refused.
   */
  begin(keys: readonly LimitKey[]): Promise<Attempt>;
  /** What the key with the least has left. */
  headers(keys: readonly LimitKey[]): Readonly<Record<string, string>>;
}

export interface AttemptLimitOptions {
  readonly perMinute: number;
  readonly perHour: number;
  /** Keys remembered; the one first seen is forgotten first. */
  readonly mostKeys?: number;
}

/** A window begins with the first failure in it. */
interface Window {
  readonly length: number;
  readonly limit: number;
  start: number;
  failures: number;
}

interface Tally {
  readonly windows: readonly Window[];
  /** Attempts that have begun and not ended. */
  pending: number;
}

const minute = 60_000;
const hour = 60 * minute;

export function attemptLimits({ now }: Clock, options: AttemptLimitOptions): AttemptLimits {
  const { perMinute, perHour, mostKeys = 50_000 } = options;
  const tallies = new Map<string, Tally>();
  let nextEnd = Promise.withResolvers<void>();

  const fresh = ({ factor }: LimitKey): Tally => ({
    windows: [
      { length: minute, limit: perMinute * factor, start: now(), failures: 0 },
      { length: hour, limit: perHour * factor, start: now(), failures: 0 },
    ],
    pending: 0,
  });

  function tallyOf(key: LimitKey): Tally {
    const tally = tallies.get(key.name) ?? fresh(key);
    for (const window of tally.windows) {
      if (now() < window.start + window.length) continue;
      window.start = now();
      window.failures = 0;
    }
    return tally;
  }

  function remember({ name }: LimitKey, tally: Tally): void {
    tallies.set(name, tally);
    if (tallies.size <= mostKeys) return;
    for (const oldest of tallies.keys()) {
      tallies.delete(oldest);
      return;
    }
  }

  function refuseFull(all: readonly Tally[]): void {
    const full = all.flatMap(({ windows }) => windows).filter(({ failures, limit }) => failures >= limit);
    if (full.length === 0) return;
    const wait = full.map(({ start, length }) => start + length - now());
    throw tooManyAttempts(Math.ceil(Math.max(...wait) / 1000));
  }

  function attempt(all: readonly Tally[]): Attempt {
    const end = (failures: number) => {
      for (const tally of all) {
        tally.pending -= 1;
        for (const window of tally.windows) window.failures += failures;
      }
      nextEnd.resolve();
      nextEnd = Promise.withResolvers();
    };
    return { failed: () => end(1), passed: () => end(0) };
  }

  return {
    async begin(keys) {
      for (;;) {
        const all = keys.map(tallyOf);
        refuseFull(all);
        if (all.every(hasRoom)) {
          for (const [index, key] of keys.entries()) remember(key, all[index] ?? fresh(key));
          for (const tally of all) tally.pending += 1;
          return attempt(all);
        }
        await nextEnd.promise;
      }
    },

    headers(keys) {
      const [ofMinute, ofHour] = [minute, hour].map((length) =>
        tightest(
          keys.flatMap((key) => tallyOf(key).windows),
          length,
          now(),
        ),
      );
      return {
        'X-RateLimit-Limit-Minute': String(perMinute),
        'X-RateLimit-Remaining-Minute': String(ofMinute?.left ?? perMinute),
        'X-RateLimit-Limit-Hour': String(perHour),
        'X-RateLimit-Remaining-Hour': String(ofHour?.left ?? perHour),
        'RateLimit-Limit': String(perMinute),
        'RateLimit-Remaining': String(ofMinute?.left ?? perMinute),
        'RateLimit-Reset': String(ofMinute?.reset ?? 0),
      };
    },
  };
}

function hasRoom({ windows, pending }: Tally): boolean {
  return windows.every(({ failures, limit }) => failures + pending < limit);
}

/** `reset` in s. */
function tightest(
  windows: readonly Window[],
  length: number,
  now: number,
): { left: number; reset: number } | undefined {
  const left = ({ limit, failures }: Window) => Math.max(0, limit - failures);
  const ofLength = windows.filter((window) => window.length === length);
  const [window] = ofLength.toSorted((a, b) => left(a) - left(b));
  return window && { left: left(window), reset: Math.ceil((window.start + length - now) / 1000) };
}
