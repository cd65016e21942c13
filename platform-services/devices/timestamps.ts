import type { Clock } from '../kit/clock.ts';

/** Times as the wire shows them; each call gives a later one. */
export type Timestamps = () => string;

/** Counts microseconds upwards from the clock's milliseconds. */
export function timestamps(clock: Clock): Timestamps {
  let last = 0;
  return () => {
    last = Math.max(clock.now() * 1000, last + 1);
    return formatMicroseconds(last);
  };
}

/** Epoch µs as `2024-03-01T09:15:42.120045+00:00`; a fraction of exactly 0 is absent (contract devices-templates-ops §1.2). */
export function formatMicroseconds(time: number): string {
  const seconds = new Date(Math.floor(time / 1_000_000) * 1000).toISOString().slice(0, 19);
  const fraction = time % 1_000_000;
  return fraction === 0 ? `${seconds}+00:00` : `${seconds}.${String(fraction).padStart(6, '0')}+00:00`;
}
