import { mkdtemp, open as openHandle, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../clock.ts';
import { silentLog } from '../../../log.ts';
import { createMetrics } from '../../../metrics.ts';
import type { Entry, HistoryStore } from '../../history-store.ts';
import { historyConformance } from '../../test/conformance.ts';
import type { HeadLimits } from '../operations.ts';
import { createSqliteHistoryStore } from '../sqlite-history-store.ts';

const opened = (file: string, head?: Partial<HeadLimits>): Promise<HistoryStore> =>
  createSqliteHistoryStore({ file, clock: systemClock, log: silentLog, ...(head && { head }) });

historyConformance('SQLite', { create: (dir) => opened(join(dir, 'history.db')) });

describe('the SQLite history', () => {
  let dir: string;
  let file: string;
  let open: HistoryStore[] = [];

  async function started(head?: Partial<HeadLimits>): Promise<HistoryStore> {
    const history = await opened(file, head);
    open.push(history);
    return history;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sqlite-history-'));
    file = join(dir, 'history.db');
  });
  afterEach(async () => {
    await Promise.all(open.map((history) => history.stop()));
    open = [];
    await rm(dir, { recursive: true });
  });

  test('writes a head when it has become old', async () => {
    const history = await started({ maxAgeMs: 20 });
    const durable = new Promise((resolve) => history.onDurable(resolve));
    const position = { topic: 'acme.device-data', partition: 0, offset: 1 };
    await history.append([], position);
    expect(await durable).toEqual([position]);
  });

  test('leaves to the bus what a stop cannot write in its time: all of a head or nothing', async () => {
    let history = await createSqliteHistoryStore({ file, clock: systemClock, log: silentLog, flushOnStopMs: 0 });
    const entry = (n: number): Entry => {
      return { points: [{ tenant: 'acme', deviceId: `d${n % 1000}`, attribute: 'a', time: n, value: n }] };
    };
    const entries = Array.from({ length: 200_000 }, (_, n) => entry(n));
    await history.append(entries, { topic: 'acme.device-data', partition: 0, offset: 200_000 });
    await history.stop();

    history = await started();
    expect(await history.positions()).toEqual([]);
    expect(await history.hasRows('acme', 'd1')).toBe(false);
    await history.append(entries.slice(0, 10), { topic: 'acme.device-data', partition: 0, offset: 10 });
    await history.stop();
    history = await started();
    expect(await history.positions()).toMatchObject([{ offset: 10 }]);
    expect(await history.hasRows('acme', 'd1')).toBe(true);
  });

  test('takes appends one after the other, in order, though more are handed over than may be under way', async () => {
    const history = await started();
    const text = 'x'.repeat(1_000_000);
    const appends = Array.from({ length: 30 }, (_, n) => {
      const point = { tenant: 'acme', deviceId: 'd', attribute: 'a', time: 1, value: `${n}${text}` };
      return history.append([{ points: [point] }], { topic: 'acme.device-data', partition: 0, offset: n + 1 });
    });
    await Promise.all(appends);
    const rows = await history.query({ tenant: 'acme', deviceId: 'd', attribute: 'a', order: 'oldest-first' });
    expect(rows.map(({ value }) => Number.parseInt(String(value), 10))).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    );
  });

  test('forgets the names of series that expired entirely, but for those that may go on', async () => {
    const at = (deviceId: string, time: number): Entry => {
      return { points: [{ tenant: 'acme', deviceId, attribute: 'n', time, value: time }] };
    };
    const namesIn = () => {
      const database = new DatabaseSync(file);
      const rows = database.prepare('SELECT device FROM series ORDER BY device').all();
      database.close();
      return rows.map(({ device }) => device);
    };
    let history = await started();
    const position = (offset: number) => ({ topic: 'acme.device-data', partition: 0, offset });
    await history.append(
      ['gone', 'back', 'young'].map((device) => at(device, 1)),
      position(3),
    );
    await history.append([at('young', 100)], position(4));
    expect(await history.expire(50)).toBe(3);
    await history.append([at('back', 101)], position(5));
    await history.stop();
    expect(namesIn()).toEqual(['back', 'gone', 'young']);

    history = await started();
    expect(await history.expire(50)).toBe(0);
    // By now the number of `gone` is no longer known to anybody; this one must not get one that is in use.
    await history.append([at('gone', 102), at('new', 103)], position(7));
    await history.expire(50);
    const query = { tenant: 'acme', attribute: 'n', order: 'oldest-first' } as const;
    for (const [deviceId, time] of [
      ['back', 101],
      ['young', 100],
      ['gone', 102],
      ['new', 103],
    ] as const) {
      expect(await history.query({ ...query, deviceId })).toMatchObject([{ time, value: time }]);
    }
    await history.stop();
    history = await started();
    await history.expire(1000);
    await history.stop();
    expect(namesIn()).toEqual([]);
  });

  test('counts what it drops as repeats', async () => {
    const metrics = createMetrics();
    const history = await createSqliteHistoryStore({ file, clock: systemClock, log: silentLog, metrics });
    open.push(history);
    const points = [{ tenant: 'a', deviceId: 'd', attribute: 'a', time: 1, value: 1 }];
    const entry = { points, origin: 'a.device-data/0/1/n.0' };
    await history.append([entry, entry], { topic: 'a.device-data', partition: 0, offset: 1 });
    await history.append([entry, { points }], { topic: 'a.device-data', partition: 0, offset: 2 });
    expect(await metrics.text()).toContain('dojot_history_repeats_total 2');
  });

  test('refuses a point without a time and takes nothing of that append', async () => {
    const history = await started();
    const points = [1, Number.NaN].map((time) => ({ tenant: 'a', deviceId: 'd', attribute: 'a', time, value: 1 }));
    const refused = history.append([{ points }], { topic: 'a.device-data', partition: 0, offset: 1 });
    await expect(refused).rejects.toThrow('no time');
    await history.flush();
    expect(await history.positions()).toEqual([]);
  });

  test('refuses a damaged file and one that is open elsewhere, and names it', async () => {
    const history = await started();
    const message = expect.stringContaining(file);
    await expect(opened(file)).rejects.toMatchObject({ code: 'FILE_IN_USE', message });
    await history.stop();
    const handle = await openHandle(file, 'r+');
    await handle.write(Buffer.alloc(4096, 7), 0, 4096, 4096);
    await handle.close();
    await expect(opened(file)).rejects.toMatchObject({ code: 'CORRUPT_FILE', message });
  });
});
