import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pragma } from '../../../sqlite/open-file.ts';
import { logError } from '../failures.ts';
import { openLogFile } from '../log-file.ts';
import { logReader } from '../log-reader.ts';
import { logWriter } from '../log-writer.ts';
import type { TopicAppend } from '../protocol.ts';

const noGroups = { offsets: [], seen: [] };

function appendOf(id: number, first: number, count: number): TopicAppend {
  const rows = Array.from({ length: count }, (_, index) => first + index);
  return {
    topic: { id, name: `tenant${id}.device-data`, partitions: 1, next: first + count, ends: [first + count] },
    offsets: rows,
    partitions: rows.map(() => 0),
    timestamps: rows.map(() => 1),
    keys: rows.map(() => 'k'),
    values: rows.map(() => 'x'.repeat(1000)),
    headers: rows.map(() => null),
  };
}

describe('writing the log', () => {
  let folder: string;
  let database: DatabaseSync;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-writer-'));
    database = openLogFile(join(folder, 'bus.db'));
  });

  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  test('stores nothing of a transaction that does not fit, and goes on when there is room again', () => {
    const writer = logWriter(database);
    const reader = logReader(database);
    writer.append([appendOf(1, 0, 10)], noGroups);
    database.exec(`PRAGMA max_page_count = ${pragma(database, 'page_count') + 5}`);
    let failure: unknown;
    try {
      writer.append([appendOf(1, 10, 5), appendOf(2, 0, 100)], noGroups);
    } catch (error) {
      failure = logError(error, 'bus.db');
    }
    expect(failure).toMatchObject({ code: 'BUS_UNAVAILABLE', message: expect.stringContaining('the disk is full') });
    expect(reader.catalogue().topics).toEqual([appendOf(1, 0, 10).topic]);
    expect(reader.oldest(1, 10)).toBeUndefined();

    database.exec('PRAGMA max_page_count = 1000000');
    writer.append([appendOf(1, 10, 5), appendOf(2, 0, 100)], noGroups);
    expect(reader.catalogue().topics.map(({ next }) => next)).toEqual([15, 100]);
    expect(reader.page({ topicId: 2, from: 0, to: 100 }, 1000, 0).rows.offsets.length).toBe(100);
  });
});
