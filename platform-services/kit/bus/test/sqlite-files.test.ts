import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { createSqliteBus } from '../sqlite/sqlite-bus.ts';
import { message, topic } from './collector.ts';

describe('the embedded bus refuses to open', () => {
  let folder: string;
  let file: string;

  const create = (at = file) =>
    createSqliteBus({
      file: at,
      retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
      clock: systemClock,
      log: silentLog,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bus-files-'));
    file = join(folder, 'bus.db');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function filled(): Promise<void> {
    const bus = await create();
    await bus.publish(
      topic,
      Array.from({ length: 5000 }, (_, n) => message(`k${n}`, 'x'.repeat(100))),
    );
    await bus.stop();
  }

  async function overwrite(position: number, length: number): Promise<void> {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(length, 0x5a), 0, length, position);
    await handle.close();
  }

  test('a file that is something else', async () => {
    await writeFile(file, 'this is not a database, but it is long enough to look at\n'.repeat(100));
    await expect(create()).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(file) });
  });

  test('a database of another program, and leaves it as it is', async () => {
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE things (a); INSERT INTO things VALUES (1)');
    other.close();
    await expect(create()).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(file) });
    const again = new DatabaseSync(file);
    expect(again.prepare('SELECT a FROM things').all()).toEqual([expect.objectContaining({ a: 1 })]);
    again.close();
  });

  test.each(['the header', 'the middle'])('a log with a damaged page in %s', async (place) => {
    await filled();
    const { size } = await stat(file);
    await overwrite(place === 'the header' ? 0 : Math.floor(size / 8192) * 4096, 4096);
    await expect(create()).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(file) });
  });

  test('a log whose end is missing', async () => {
    await filled();
    const handle = await open(file, 'r+');
    await handle.truncate(100_000);
    await handle.close();
    await expect(create()).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(file) });
  });

  test('a log of a newer version', async () => {
    await filled();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(create()).rejects.toMatchObject({ code: 'FILE_TOO_NEW', message: expect.stringContaining(file) });
  });

  test('in a folder that cannot be made', async () => {
    const notAFolder = join(folder, 'file');
    await writeFile(notAFolder, '');
    await expect(create(join(notAFolder, 'bus.db'))).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      message: expect.stringContaining(notAFolder),
    });
  });
});

test('a log in the place of one that was removed has another identity', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bus-files-'));
  const file = join(folder, 'bus.db');
  const retention = { maxAgeMs: 3_600_000, maxBytes: 1e9 };
  const identity = async () => {
    const bus = await createSqliteBus({ file, retention, clock: systemClock, log: silentLog });
    await bus.stop();
    return bus.logId;
  };
  const first = await identity();
  await rm(file);
  expect(await identity()).not.toBe(first);
  await rm(folder, { recursive: true });
});
