/** What a tenant process prints (flows that use `console`, a dying runtime), bounded, as lines of the log. */
import type { Readable } from 'node:stream';
import type { Log } from '../../platform-services/kit/log.ts';

const mostLines = 20;
const windowMs = 10_000;
const longestLine = 500;

export function createOutput(log: Log): { follow(stream: Readable | null): void } {
  let windowStart = 0;
  let lines = 0;

  function print(line: string): void {
    if (line.trim() === '') return;
    if (Date.now() - windowStart > windowMs) {
      windowStart = Date.now();
      lines = 0;
    }
    lines += 1;
    if (lines <= mostLines) log.info(`printed: ${line.slice(0, longestLine)}`);
    else if (lines === mostLines + 1) log.info('printed more than is logged');
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
