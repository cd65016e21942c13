/** Lets so many lines of a tenant's process into the platform's log and says how many it left out. */
import type { Log, LogFields } from '../../platform-services/kit/log.ts';
import type { FromTenant } from '../protocol/messages.ts';

type Level = Extract<FromTenant, { kind: 'log' }>['level'];

export interface LogAllowance {
  say(level: Level, text: string, fields: LogFields): void;
}

const windowMs = 10_000;

/** `now`: ms, growing. `mostPerWindow`: lines in ten seconds. */
export function createLogAllowance(log: Log, now: () => number, mostPerWindow: number): LogAllowance {
  let windowEnds = 0;
  let lines = 0;

  return {
    say(level, text, fields) {
      if (now() >= windowEnds) {
        if (lines > mostPerWindow) log.warn(`${lines - mostPerWindow} more lines were left out`);
        windowEnds = now() + windowMs;
        lines = 0;
      }
      lines += 1;
      if (lines <= mostPerWindow) log[level](text, fields);
    },
  };
}
