import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../store/store.ts';
import type { Entry } from '../../history-store.ts';
import { heads as createHeads, type Heads } from '../heads.ts';
import { openHistoryFile } from '../history-file.ts';
import { type Intake, intake } from '../intake.ts';
import { originMemory } from '../origins.ts';
import { type Packer, packer } from '../pack.ts';
import { pageReader } from '../reader.ts';
import { type SeriesCatalogue, seriesCatalogue } from '../series-catalogue.ts';

const position = { topic: 'a.device-data', partition: 0, offset: 1 };

function entry(values: Record<string, Json>): Entry {
  const points = Object.entries(values).map(([attribute, value]) => {
    return { tenant: 'a', deviceId: 'd', attribute, time: 1, value };
  });
  return { points };
}

describe('the intake', () => {
  let dir: string;
  let database: DatabaseSync;
  let heads: Heads;
  let series: SeriesCatalogue;
  let input: Intake;
  let output: Packer;
  /** The label whose series cannot be looked up. */
  let unreadable: string | undefined;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'intake-'));
    database = openHistoryFile(join(dir, 'history.db'));
    const catalogue = seriesCatalogue(database);
    series = {
      ...catalogue,
      take(name) {
        if (name.attribute === unreadable) throw new Error('disk I/O error');
        return catalogue.take(name);
      },
    };
    const parts = { database, series, origins: originMemory(database), sequence: { next: 1 } };
    heads = createHeads({
      ...parts,
      limits: { maxPoints: 1_000_000, maxAgeMs: 60_000 },
      now: () => 0,
      durable: () => undefined,
      full: () => undefined,
      failed: () => undefined,
    });
    input = intake({ ...parts, heads });
    output = packer();
    unreadable = undefined;
  });
  afterEach(async () => {
    heads.stop();
    database.close();
    await rm(dir, { recursive: true });
  });

  function valuesOf(attribute: string): unknown[] {
    const page = pageReader({ database, heads, series });
    const name = { tenant: 'a', deviceId: 'd', attribute };
    return page({ series: name, from: 0, to: 9, newestFirst: false, limit: 100 }).rows.map(({ value }) => value);
  }

  test('never takes the points of one series for those of another, though looking one up failed', () => {
    const [first, second, third] = [entry({ a: 1, b: 1 }), entry({ a: 2, b: 2 }), entry({ c: 3 })].map((one) =>
      output.pack([one]),
    );
    if (!first || !second || !third) throw new Error('three were packed');
    unreadable = 'b';
    expect(() => input.take(first, [position], 0)).toThrow('disk I/O error');
    unreadable = undefined;
    expect(() => input.take(second, [position], 0)).toThrow('refused');
    input.take(third, [position], 0);
    expect([valuesOf('a'), valuesOf('b'), valuesOf('c')]).toEqual([[], [], [3]]);

    output.forget();
    input.take(output.pack([entry({ a: 1, b: 1 }), entry({ a: 2, b: 2 })]), [position], 0);
    expect([valuesOf('a'), valuesOf('b'), valuesOf('c')]).toEqual([[1, 2], [1, 2], [3]]);
  });

  test('goes on after a pack that could not be made', () => {
    const deep: Json = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(() => output.pack([entry({ a: 1, deep })])).toThrow(RangeError);
    input.take(output.pack([entry({ a: 2 })]), [position], 0);
    expect(valuesOf('a')).toEqual([2]);
  });

  test('holds no more long names in memory than other texts', () => {
    let forgotten = 0;
    for (let n = 0; n < 60; n += 1) {
      const labels = Array.from({ length: 1000 }, (_, label) => `${n}-${label}${'x'.repeat(1000)}`);
      const packed = output.pack([entry(Object.fromEntries(labels.map((label) => [label, 1])))]);
      if (packed.forget) forgotten += 1;
      input.take(packed, [position], 0);
    }
    expect(forgotten).toBeGreaterThan(1);
    expect(heads.active.columns.size).toBeLessThan(40_000);
  });
});
