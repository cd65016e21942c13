/** What a tenant's process may cost the platform: time, log lines, saves. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLog } from '../../../platform-services/kit/log.ts';
import { createSaveAllowance } from '../../flow-store/save-allowance.ts';
import { createChannelShare } from '../channel-share.ts';
import { createLogAllowance } from '../log-allowance.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a channel that takes more than half of the time is not read for a while', () => {
  const calls: string[] = [];
  const share = createChannelShare({
    now: () => Date.now(),
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
  });
  for (let i = 0; i < 1000; i++) {
    share.spent(4);
    jest.advanceTimersByTime(10);
  }
  expect(calls).toEqual([]);
  share.spent(2000);
  expect(calls).toEqual(['pause']);
  jest.advanceTimersByTime(3999);
  expect(calls).toEqual(['pause']);
  jest.advanceTimersByTime(1);
  expect(calls).toEqual(['pause', 'resume']);
});

test('the log takes 300 lines in ten seconds and says how many it left out', () => {
  const lines: string[] = [];
  const printed = createLogAllowance(
    createLog('debug', 'text', (line) => lines.push(line)),
    () => Date.now(),
    300,
  );
  for (let i = 0; i < 1000; i++) printed.say('info', `line ${i}`, {});
  expect(lines).toHaveLength(300);
  jest.advanceTimersByTime(10_000);
  printed.say('info', 'again', {});
  expect(lines.slice(300)).toEqual([
    expect.stringMatching(/700 more lines were left out/),
    expect.stringMatching(/again/),
  ]);
});

test('a line of the log is one line, whatever is in it', () => {
  const lines: string[] = [];
  createLog('debug', 'text', (line) => lines.push(line)).error('one\n2026 -- auth -- ERROR: two\u2028three\u001b[2J');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/one\\n2026 -- auth -- ERROR: two\\u2028three\\u001b\[2J$/);
});

test('saves are refused when there were too many, and allowed again later', () => {
  const saves = createSaveAllowance(() => Date.now());
  for (let i = 0; i < 4; i++) saves.spend(24 * 1024 * 1024);
  expect(() => saves.spend(1024 * 1024)).toThrow(/Too much was saved/);
  jest.advanceTimersByTime(20_000);
  saves.spend(1024 * 1024);
});
