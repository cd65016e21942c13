import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Position } from '../../../bus/bus.ts';
import type { Entry } from '../../history-store.ts';
import { heads as createHeads, type Heads } from '../heads.ts';
import { openHistoryFile } from '../history-file.ts';
import { type Intake, intake } from '../intake.ts';
import { originMemory } from '../origins.ts';
import { packer } from '../pack.ts';
import { pageReader } from '../reader.ts';
import { type SeriesCatalogue, seriesCatalogue } from '../series-catalogue.ts';

describe('heads', () => {
  let dir: string;
  let database: DatabaseSync;
  let heads: Heads;
  let series: SeriesCatalogue;
  let take: Intake['take'];
  let durable: Position[] = [];
  let fullness: boolean[] = [];
  const failures: unknown[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'heads-'));
    durable = [];
    fullness = [];
    database = openHistoryFile(join(dir, 'history.db'));
    series = seriesCatalogue(database);
    const parts = {
      database,
      series,
      origins: originMemory(database),
      sequence: { next: 1 },
    };
    heads = createHeads({
      ...parts,
      limits: { maxPoints: 1000, maxAgeMs: 60_000 },
      now: () => 0,
      durable: (positions) => durable.push(...positions),
      full: (full) => fullness.push(full),
      failed: (error) => failures.push(error),
    });
    take = intake({ ...parts, heads }).take;
  });
  afterEach(async () => {
    heads.stop();
    database.close();
    await rm(dir, { recursive: true });
  });

  const position = (offset: number): Position => ({ topic: 'a.device-data', partition: 0, offset });
  const entries = (from: number): Entry[] =>
    Array.from({ length: 500 }, (_, n) => ({
      points: [{ tenant: 'a', deviceId: 'd', attribute: 'a', time: from + n, value: 'x'.repeat(200) }],
    }));

  test('put points that came out of order in order once, not for every page', () => {
    const { pack } = packer();
    const points = [5, 1, 4, 2].map((time) => ({ tenant: 'a', deviceId: 'd', attribute: 'a', time, value: time }));
    take(pack([{ points }]), [position(1)], 0);
    const page = pageReader({ database, heads, series });
    const timesOf = (newestFirst: boolean) => {
      const request = { series: { tenant: 'a', deviceId: 'd', attribute: 'a' }, from: 0, to: 9, newestFirst };
      return page({ ...request, limit: 9 }).rows.map(({ time }) => time);
    };
    expect(timesOf(false)).toEqual([1, 2, 4, 5]);
    const [column] = heads.active.columns.values();
    expect(timesOf(true)).toEqual([5, 4, 2, 1]);
    expect([...heads.active.columns.values()][0]).toBe(column);
    take(pack([{ points: [{ tenant: 'a', deviceId: 'd', attribute: 'a', time: 3, value: 3 }] }]), [position(2)], 0);
    expect(timesOf(false)).toEqual([1, 2, 3, 4, 5]);
  });

  test('say that they are full instead of keeping others waiting while they write, and when there is room', async () => {
    const { pack } = packer();
    for (let from = 0; from < 2500; from += 500) take(pack(entries(from)), [position(from + 500)], 0);
    expect(durable).toEqual([]);
    expect(fullness).toEqual([true]);
    await heads.flush();
    expect(durable.map(({ offset }) => offset)).toEqual([1000, 2500]);
    expect(fullness).toEqual([true, false]);
  });

  test('on a full disk keep what they took, refuse more, and write everything once there is room', async () => {
    const { pack } = packer();
    const series = { tenant: 'a', deviceId: 'd', attribute: 'a' };
    const page = pageReader({ database, heads, series: { ...seriesCatalogue(database), find: () => 1 } });
    const count = (): number => page({ series, from: 0, to: 1e9, newestFirst: false, limit: 1e9 }).rows.length;

    const [pages] = database.prepare('PRAGMA page_count').all();
    database.exec(`PRAGMA max_page_count = ${pages?.page_count}`);
    for (let from = 0; from < 2000; from += 500) take(pack(entries(from)), [position(from + 500)], 0);
    // Both heads are full now: the one that must be written first cannot be.
    await expect(heads.flush()).rejects.toThrow(/full/);
    expect(() => take(pack(entries(2000)), [position(2500)], 0)).toThrow(/full/);
    expect(() => heads.refuseIfFailing()).toThrow(/full/);
    expect(count()).toBe(2000);
    expect(durable).toEqual([]);

    database.exec('PRAGMA max_page_count = 100000');
    await heads.flush();
    take(pack(entries(2000)), [position(2500)], 0);
    await heads.flush();
    heads.refuseIfFailing();
    expect(count()).toBe(2500);
    expect(durable.map(({ offset }) => offset)).toEqual([1000, 2000, 2500]);
  });
});
