/** The history under kills and beside its own writing, which it does all the time with a head of few points. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../../clock.ts';
import { silentLog } from '../../../log.ts';
import type { Entry, HistoryStore } from '../../history-store.ts';
import { historyConformance } from '../../test/conformance.ts';
import type { HeadLimits } from '../operations.ts';
import { createSqliteHistoryStore } from '../sqlite-history-store.ts';

let dir: string;
let file: string;
let history: HistoryStore | undefined;

const opened = (path: string, head: Partial<HeadLimits>): Promise<HistoryStore> =>
  createSqliteHistoryStore({ file: path, clock: systemClock, log: silentLog, head });

historyConformance('SQLite with a head of few points', {
  create: (folder) => opened(join(folder, 'history.db'), { maxPoints: 3 }),
});

async function started(head: Partial<HeadLimits> = {}): Promise<HistoryStore> {
  history = await opened(file, head);
  return history;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sqlite-history-'));
  file = join(dir, 'history.db');
});
afterEach(async () => {
  await history?.stop();
  history = undefined;
  await rm(dir, { recursive: true });
});

test('neither loses nor repeats a point when its process is killed again and again', async () => {
  const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ['--no-warnings', writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let commits = 0;
    for await (const _ of createInterface(child.stdout)) {
      commits += 1;
      // At different points of writing the next head.
      if (commits === 2) setTimeout(() => child.kill('SIGKILL'), round * 3);
    }
    if (child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
  }
  const history = await started();
  const end = (await history.positions())[0]?.offset ?? 0;
  expect(end).toBeGreaterThan(0);
  const times: number[] = [];
  for (let device = 0; device < 50; device += 1) {
    const query = { tenant: 'acme', deviceId: `d${device}`, attribute: 'n', order: 'oldest-first' } as const;
    for (const { time, value } of await history.query(query)) {
      expect(value).toBe(time);
      times.push(time);
    }
  }
  times.sort((one, other) => one - other);
  expect(times).toEqual(Array.from({ length: end }, (_, n) => n));
});

test('reads right at any moment while heads are written', async () => {
  const history = await started({ maxPoints: 2000 });
  const query = { tenant: 'acme', deviceId: 'd0', attribute: 'n' };
  let appended = 0;
  for (let round = 0; round < 60; round += 1) {
    const entries: Entry[] = Array.from({ length: 500 }, (_, n) => ({
      points: [{ tenant: 'acme', deviceId: `d${n % 5}`, attribute: 'n', time: appended + n, value: 1 }],
    }));
    const taken = history.append(entries, { topic: 'acme.device-data', partition: 0, offset: appended + 500 });
    appended += 500;
    const [rows, [bucket], last] = await Promise.all([
      history.query({ ...query, order: 'oldest-first' }),
      history.aggregate({ ...query, from: 0, to: 1e9, bucketWidth: 1e9 }),
      history.query({ ...query, order: 'newest-first', limit: 1 }),
      taken,
    ]);
    const expected = Array.from({ length: appended / 5 }, (_, n) => n * 5);
    // A query asked beside an append may or may not see it.
    const seen = rows.map(({ time }) => time);
    expect([expected, expected.slice(0, -100)]).toContainEqual(seen);
    expect([appended / 5, appended / 5 - 100]).toContain(bucket?.count ?? 0);
    expect(last.length).toBe(seen.length > 0 ? 1 : 0);
  }
});
