import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, open as openHandle, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../clock.ts';
import { silentLog } from '../../../log.ts';
import { portErrorOf } from '../../../sqlite/failures.ts';
import type { Store } from '../../store.ts';
import { storeConformance } from '../../test/conformance.ts';
import { collectionSql } from '../fields.ts';
import { filterSql } from '../filter.ts';
import { createSqliteStore } from '../sqlite-store.ts';

storeConformance('SQLite', {
  create: (dir, clock) => createSqliteStore({ file: join(dir, 'store.db'), clock, log: silentLog }),
});

describe('a file', () => {
  let dir: string;
  let file: string;
  let healthy: string;

  const opened = (path: string) => createSqliteStore({ file: path, clock: systemClock, log: silentLog });

  // Made once: each start of a store starts a thread, which takes its time on a busy machine.
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sqlite-store-'));
    file = join(dir, 'store.db');
    healthy = join(dir, 'healthy');
    const store = await opened(file);
    const collection = await store.collection('documents', { indexes: [{ fields: ['text'] }] });
    const text = 'x'.repeat(1000);
    await collection.insert('acme', ...Array.from({ length: 200 }, (_, n) => ({ id: `${n}`, text: `${n}${text}` })));
    await store.stop();
    await copyFile(file, healthy);
  });
  afterAll(() => rm(dir, { recursive: true }));
  beforeEach(() => copyFile(healthy, file));

  const damages: [string, () => Promise<void>][] = [
    [
      'damaged',
      async () => {
        const handle = await openHandle(file, 'r+');
        await handle.write(Buffer.alloc(40_000, 7), 0, 40_000, 60_000);
        await handle.close();
      },
    ],
    ['shortened', () => truncate(file, 100_000)],
    ['not a database', () => writeFile(file, 'these are not the pages of one, and more than its header '.repeat(9))],
    [
      'foreign',
      async () => {
        await rm(file);
        const foreign = new DatabaseSync(file);
        foreign.exec('CREATE TABLE theirs (a)');
        foreign.close();
      },
    ],
  ];
  test.each(damages)('that is %s is refused and named', async (_, damage) => {
    await damage();
    await expect(opened(file)).rejects.toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringContaining(file) });
  });

  test('that was copied back is opened', async () => {
    await (await opened(file)).stop();
  });
});

describe('the SQLite store', () => {
  let dir: string;
  let file: string;
  let open: Store[] = [];

  async function opened(path: string): Promise<Store> {
    const store = await createSqliteStore({ file: path, clock: systemClock, log: silentLog });
    open.push(store);
    return store;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sqlite-store-'));
    file = join(dir, 'store.db');
  });
  afterEach(async () => {
    await Promise.all(open.map((store) => store.stop()));
    open = [];
    await rm(dir, { recursive: true });
  });

  test('keeps everything it acknowledged when its process is killed', async () => {
    const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let rounds = 0;
    for await (const line of createInterface(child.stdout)) {
      rounds = Number(line) + 1;
      if (rounds === 40) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');

    const store = await opened(file);
    const ids = new Set((await (await store.collection('documents')).find('acme')).map(({ document }) => document.id));
    await store.stop();
    for (let n = 0; n < rounds; n += 1) for (const part of [0, 1, 2]) expect(ids.has(`${n}-${part}`)).toBe(true);
    // Each call was atomic: nobody without its twin.
    for (const id of ids) expect(ids.has(id.endsWith('-twin') ? id.slice(0, -5) : `${id}-twin`)).toBe(true);
  });

  test('refuses a file that is open elsewhere and names it', async () => {
    const store = await opened(file);
    const refused = { code: 'FILE_IN_USE', message: expect.stringContaining(file) };
    await expect(opened(file)).rejects.toMatchObject(refused);
    await store.stop();
    await (await opened(file)).stop();
  });

  test('refuses a place where no file can be', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(opened(join(dir, 'file', 'store.db'))).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  });

  test('says that the disk is full when it is', () => {
    const full = new DatabaseSync(file);
    full.exec('PRAGMA max_page_count = 3; CREATE TABLE t (a)');
    let thrown: unknown;
    try {
      full.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000));
    } catch (error) {
      thrown = error;
    }
    full.close();
    expect(portErrorOf(thrown, file)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('the disk is full'),
    });
  });

  test('answers what was asked before stop and refuses what comes after', async () => {
    const store = await opened(file);
    const before = store.increment('acme', 'n');
    const stopped = store.stop();
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await before).toBe(1);
    await stopped;
    await store.stop();
  });

  test('answers a tenant, and whether it works, before it has done all that another wants', async () => {
    const store = await opened(file);
    const collection = await store.collection<{ id: string; text: string }>('documents');
    const text = 'x'.repeat(1000);
    let done = 0;
    const much = Array.from({ length: 50 }, async (_, call) => {
      const documents = Array.from({ length: 500 }, (__, n) => ({ id: `${call}-${n}`, text }));
      await collection.insert('acme', ...documents);
      done += 1;
    });
    await Promise.all([collection.get('other', 'a'), store.ping()]);
    expect(done).toBeLessThan(50);
    await Promise.all(much);
  });

  test('goes on with what it acknowledged when its thread has died', async () => {
    const store = await createSqliteStore({ file, clock: systemClock, log: silentLog, threadHeapMb: 16 });
    open.push(store);
    const options = { indexes: [{ fields: ['label'], unique: true }] };
    const collection = await store.collection<{ id: string; label: string }>('documents', options);
    await collection.insert('acme', { id: 'a', label: 'a' });
    // More than the thread has room for, and so the end of it.
    const far = collection.count('acme', { label: { $in: Array.from({ length: 2e6 }, (_, n) => `label ${n}`) } });
    const near = collection.insert('other', { id: 'c', label: 'c' });
    await expect(far).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(near).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await collection.find('acme')).map(({ document }) => document.id)).toEqual(['a']);
    await expect(collection.insert('acme', { id: 'd', label: 'a' })).rejects.toMatchObject({ code: 'DUPLICATE' });
  });

  test('applies indexes that a later version asks for to documents it has', async () => {
    const store = await opened(file);
    const plain = await store.collection<{ id: string; tags: string[]; label: string }>('documents');
    await plain.insert('acme', { id: 'a', tags: ['x'], label: 'l' });
    const indexes = [
      { fields: ['tags'], list: true },
      { fields: ['label'], unique: true },
    ];
    const indexed = await store.collection<{ id: string; tags: string[]; label: string }>('documents', { indexes });
    expect(await indexed.count('acme', { tags: 'x' })).toBe(1);
    const taken = { id: 'b', tags: [], label: 'l' };
    await expect(indexed.insert('acme', taken)).rejects.toMatchObject({
      message: 'documents with this label exists already.',
    });
    await store.collection('documents');
    await indexed.insert('acme', taken);
    await store.stop();
  });

  test('uses its indexes', async () => {
    const options = { indexes: [{ fields: ['label'] }, { fields: ['tags'], list: true }] };
    const store = await opened(file);
    await store.collection('documents', options);
    await store.stop();
    const database = new DatabaseSync(file);
    const plan = (filter: object): string => {
      const { text, values } = filterSql({ ...filter }, collectionSql('documents', options), 'acme');
      const statement = database.prepare(
        `EXPLAIN QUERY PLAN SELECT document FROM "documents documents" WHERE (tenant = 'acme') AND ((${text}) AND (1))`,
      );
      return statement
        .all(...values)
        .map(({ detail }) => detail)
        .join('; ');
    };
    expect(plan({ label: 'x' })).toContain('index documents label');
    expect(plan({ label: { $in: ['x', 'y'] } })).toContain('index documents label');
    expect(plan({ tags: 'x' })).toMatch(/id=\?.*elements documents tags/);
    database.close();
  });
});
