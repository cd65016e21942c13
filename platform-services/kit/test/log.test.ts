import { expect, test } from '@jest/globals';
import { catalogue } from '../errors.ts';
import { createLog } from '../log.ts';

test('an error is written with what caused it, in one line', () => {
  const lines: string[] = [];
  const errors = catalogue({ EDITOR_FAILED: [502, 'The editor broke off the answer.'] });
  const failure = errors.EDITOR_FAILED().because(new Error('socket hang up', { cause: 'ECONNRESET' }));
  createLog('info', 'text', (line) => lines.push(line)).error('a request failed', { error: failure });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/broke off the answer.*caused by: .*socket hang up.*caused by: ECONNRESET/);
  expect(lines[0]).not.toContain('\n');
});
