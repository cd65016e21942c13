/** Opens the file of the log: its lock, its checks, its tables. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LogFailure } from './failures.ts';
import { integer, text } from './values.ts';

/** "dbus"; marks the file as ours (PRAGMA application_id). */
const applicationId = 0x64627573;
const schemaVersion = 1;
/** Bytes up to which the whole file is checked at every start: about 0.1 s. */
const fullCheckLimit = 128 * 1024 * 1024;

/**
 * Creates the file when there is none. Throws `LogFailure` or what SQLite throws.
 * Exclusive locking keeps a second process out (also after a SIGKILL: the lock dies with its process) and spares the
 * shared-memory file.
 */
export function openLogFile(file: string): DatabaseSync {
  makeFolder(dirname(file));
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8000;');
    if (pragma(database, 'page_count') > 0) check(database);
    // The checkpoint is ours (checkpoint.ts): inside a commit it would stall the acknowledgements that wait for it.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;');
    database.exec('PRAGMA journal_size_limit = 67108864;');
    createTables(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function pragma(
  database: DatabaseSync,
  name: 'page_count' | 'page_size' | 'freelist_count' | 'application_id' | 'user_version',
): number {
  return integer(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new LogFailure('FOLDER_UNUSABLE', error instanceof Error ? error.message : String(error));
  }
}

/**
 * SQLite's journal already mends what a crash left; this looks for damage by other hands. A small file is checked whole,
 * a big one by its catalogue only, for the start must not take minutes: the rest shows when it is read.
 */
function check(database: DatabaseSync): void {
  if (pragma(database, 'application_id') !== applicationId) {
    throw new LogFailure('CORRUPT_FILE', 'it is not a message log of dojot');
  }
  if (pragma(database, 'user_version') > schemaVersion) throw new LogFailure('FILE_TOO_NEW', 'newer version');
  if (pragma(database, 'page_count') * pragma(database, 'page_size') > fullCheckLimit) return;
  const result = text(database.prepare('PRAGMA quick_check(1)').get()?.quick_check);
  if (result !== 'ok') throw new LogFailure('CORRUPT_FILE', result.replaceAll('\n', ' '));
}

function createTables(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${schemaVersion};
    CREATE TABLE IF NOT EXISTS topics (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
      next INTEGER NOT NULL, ends TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS group_offsets (
      group_name TEXT NOT NULL, topic TEXT NOT NULL, offsets TEXT NOT NULL, PRIMARY KEY (group_name, topic)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pings (id INTEGER PRIMARY KEY, count INTEGER NOT NULL);
    INSERT OR IGNORE INTO pings VALUES (1, 0);
    COMMIT;
  `);
}
