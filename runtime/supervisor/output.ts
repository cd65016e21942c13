/** What a tenant process prints (flows that use `console`, a dying runtime), bounded, as lines of the log. */
import type { Readable } from 'node:stream';
import type { Log } from '../../platform-services/kit/log.ts';
import { createLogAllowance } from './log-allowance.ts';

/** In ten seconds. */
const mostLines = 20;
/** Characters. */
const longestLine = 500;

/** `now`: ms, growing. */
export function createOutput(log: Log, now: () => number): { follow(stream: Readable | null): void } {
  const printed = createLogAllowance(log, now, mostLines);

  function print(line: string): void {
    if (line.trim() !== '') printed.say('info', `printed: ${line.slice(0, longestLine)}`, {});
  }

  return {
    follow(stream) {
      if (stream === null) return;
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = (parts.pop() ?? '').slice(0, longestLine);
        for (const line of parts) print(line);
      });
      stream.once('end', () => print(rest));
      stream.on('error', (error) => log.warn('the output of a tenant process cannot be read', { error }));
    },
  };
}
