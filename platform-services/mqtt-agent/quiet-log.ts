/** A log for what clients do wrong: a flood of the same mistake becomes one line per interval, with its count. */
import type { Clock } from '../kit/clock.ts';
import type { Log, LogFields } from '../kit/log.ts';

export interface QuietLog {
  /** `kind` is what lines have in common. */
  warn(kind: string, message: string, fields: LogFields): void;
}

const intervalMs = 10_000;

export function createQuietLog(log: Log, clock: Clock): QuietLog {
  /** By kind: when it was last written and how many lines were left out since. */
  const kinds = new Map<string, { writtenAt: number; omitted: number }>();
  return {
    warn(kind, message, fields) {
      const now = clock.now();
      const last = kinds.get(kind);
      if (last && now - last.writtenAt < intervalMs) {
        last.omitted += 1;
        return;
      }
      kinds.set(kind, { writtenAt: now, omitted: 0 });
      log.warn(message, last && last.omitted > 0 ? { ...fields, similarBefore: last.omitted } : fields);
    },
  };
}
