import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDataFolder } from '../data-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dojot-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dataFiles = ['bus.db', 'store.db', 'history.db', 'secret.key'];

/** As a first start leaves it. */
function folderInUse(): void {
  const { settle } = openDataFolder(folder);
  for (const name of dataFiles) writeFileSync(join(folder, name), 'kept');
  settle();
}

describe('a data folder', () => {
  test('is fresh until every file of a first start is there', () => {
    const path = join(folder, 'data');
    expect(openDataFolder(path).fresh).toBe(true);
    // A start that was cut short: one file is there, one is empty, the others are missing.
    writeFileSync(join(path, 'secret.key'), 'kept');
    writeFileSync(join(path, 'bus.db'), '');
    const again = openDataFolder(path);
    expect(again).toMatchObject({ fresh: true, movedAway: [] });
    for (const name of dataFiles) writeFileSync(join(path, name), 'kept');
    again.settle();
    expect(openDataFolder(path)).toMatchObject({ fresh: false, movedAway: [] });
    expect(readdirSync(path).sort()).toEqual([...dataFiles].sort());
  });

  test('of a version that knew no mark is in use', () => {
    for (const name of dataFiles) writeFileSync(join(folder, name), 'kept');
    expect(openDataFolder(folder).fresh).toBe(false);
  });

  test('that somebody else uses, too, is fresh', () => {
    writeFileSync(join(folder, 'of-somebody-else.txt'), '');
    expect(openDataFolder(folder).fresh).toBe(true);
  });

  test.each(['bus.db', 'store.db', 'history.db'])('in use whose %s is empty is refused, naming the file', (name) => {
    folderInUse();
    writeFileSync(join(folder, name), '');
    expect(() => openDataFolder(folder)).toThrow(`${join(folder, name)} is empty`);
  });

  test('in use without a store is refused, naming the file', () => {
    folderInUse();
    rmSync(join(folder, 'store.db'));
    expect(() => openDataFolder(folder)).toThrow(`${join(folder, 'store.db')} is missing`);
  });

  test.each(['bus', 'history'] as const)('in use may lose its %s.db, and says so', (name) => {
    folderInUse();
    rmSync(join(folder, `${name}.db`));
    expect(openDataFolder(folder)).toMatchObject({ fresh: false, movedAway: [name] });
  });

  test.each(['bus.db', 'store.db', 'history.db'])('with the journal of a missing %s is refused', (name) => {
    folderInUse();
    rmSync(join(folder, name));
    writeFileSync(join(folder, `${name}-wal`), 'acknowledged');
    expect(() => openDataFolder(folder)).toThrow(`${join(folder, name)} is missing, but its journal`);
  });

  test('that an earlier version let others read is closed to them', () => {
    const names = [...dataFiles, 'store.db-wal', 'history.db-shm', 'of-somebody-else.txt'];
    for (const name of names) writeFileSync(join(folder, name), 'kept', { mode: 0o644 });
    openDataFolder(folder);
    const open = readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);
    expect(open).toEqual(['of-somebody-else.txt']);
  });

  test('that cannot be made is named', () => {
    const blocker = join(folder, 'file');
    writeFileSync(blocker, '');
    expect(() => openDataFolder(join(blocker, 'data'))).toThrow(/The data folder .*file\/data cannot be used/);
  });
});
