import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { expirer } from '../expiry.ts';
import { addPoint, emptyHead } from '../head.ts';
import { writeHead } from '../head-writer.ts';
import { heads as createHeads, type Heads } from '../heads.ts';
import { openHistoryFile } from '../history-file.ts';
import { originMemory } from '../origins.ts';
import { pageReader } from '../reader.ts';
import { seriesCatalogue } from '../series-catalogue.ts';

const name = { tenant: 'a', deviceId: 'd', attribute: 'a' };
const long = JSON.stringify('x'.repeat(100_000));
const wide = JSON.stringify('ü'.repeat(300));
const values = [1, long, '"short"', wide, '" "', 2];
const metadata = [undefined, undefined, long, '{"a":1}', long, wide];

let dir: string;
let database: DatabaseSync;
let heads: Heads;
let parts: Parameters<typeof writeHead>[0];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'long-texts-'));
  database = openHistoryFile(join(dir, 'history.db'));
  parts = { database, series: seriesCatalogue(database), origins: originMemory(database), sequence: { next: 1 } };
  heads = createHeads({
    ...parts,
    limits: { maxPoints: 1000, maxAgeMs: 60_000 },
    now: () => 0,
    durable: () => undefined,
    full: () => undefined,
    failed: () => undefined,
  });
  const head = emptyHead();
  const id = parts.series.take(name);
  for (const [at, value] of values.entries()) addPoint(head, id, { time: at, seq: at + 1 }, value, metadata[at]);
  const writing = writeHead(parts, head);
  while (!writing.step(0));
});
afterEach(async () => {
  heads.stop();
  database.close();
  await rm(dir, { recursive: true });
});

const longest = () =>
  database
    .prepare(
      'SELECT max(length(CAST(value AS BLOB)) + coalesce(length(CAST(metadata AS BLOB)), 0)) AS bytes FROM points',
    )
    .get()?.bytes;
const longSeqs = () =>
  database
    .prepare('SELECT seq FROM long_texts ORDER BY seq')
    .all()
    .map(({ seq }) => seq);

test('rows of points stay short, and are read as they were', () => {
  expect(longest()).toBeLessThan(1000);
  const page = pageReader({ database, heads, series: parts.series });
  const { rows } = page({ series: name, from: 0, to: 9, newestFirst: false, limit: 9 });
  const kept = [0, 1, 2, 3, 5];
  expect(rows.map(({ value }) => value)).toEqual(kept.map((at) => values[at]));
  expect(rows.map((row) => row.metadata)).toEqual(kept.map((at) => metadata[at] ?? null));
});

test('long texts go with their points', () => {
  const expire = expirer(database, () => false);
  expect(longSeqs()).toEqual([2, 3, 4, 5, 6]);
  expire(3, 0);
  expect(longSeqs()).toEqual([4, 5, 6]);
  expire(9, 0);
  expect(longSeqs()).toEqual([]);
});
