/** Opens a data file that belongs to this process alone: its folder, its lock, its checks, its durability. */
import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { portErrors } from '../errors.ts';
import { fileErrors, openError } from './failures.ts';
import { numberOf, textOf } from './values.ts';

/** What kind of file is expected. */
export interface FileKind {
  /** `a document store`; used in sentences. */
  readonly name: string;
  /** PRAGMA application_id: four bytes that mark the file as ours. */
  readonly applicationId: number;
  /** PRAGMA user_version: of the tables in it. */
  readonly version: number;
}

/**
 * Bytes up to which every page is checked at each start: about 0.1 s. Of a larger file only its ends are, for the start must
 * not take minutes; the rest shows when it is read.
 */
const fullCheckLimit = 128 * 1024 * 1024;

/**
 * Creates the file, and its folder, when there is none. Throws `FOLDER_UNUSABLE`, `FILE_IN_USE` (another process has it),
 * `FILE_TOO_NEW`, or `CORRUPT_FILE` for a damaged or foreign one. The lock dies with its process, also by SIGKILL.
 */
export function openFile(file: string, kind: FileKind): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
    refuseTruncated(file);
    database = new DatabaseSync(file);
    // Exclusive before the first access: keeps others out and the index of the journal in memory instead of a file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    if (pragma(database, 'page_count') > 0) check(database, file, kind);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;');
    // A write takes the lock at once and shows that the file can be written.
    database.exec(`BEGIN IMMEDIATE;
      PRAGMA application_id = ${kind.applicationId}; PRAGMA user_version = ${kind.version};
      COMMIT;`);
    return database;
  } catch (error) {
    database?.close();
    throw openError(error, file);
  }
}

export function pragma(
  database: DatabaseSync,
  name: 'page_count' | 'page_size' | 'freelist_count' | 'application_id' | 'user_version',
): number {
  return numberOf(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/**
 * A copy that ended early. SQLite's header (sqlite.org/fileformat2.html §1.3) tells the number of pages; while a journal
 * waits beside the file the last pages may still be in there.
 */
function refuseTruncated(file: string): void {
  const size = sizeOf(file);
  if (size === 0 || sizeOf(`${file}-wal`) > 0) return;
  const header = Buffer.alloc(100);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  if (header.toString('latin1', 0, 15) !== 'SQLite format 3') {
    throw portErrors.CORRUPT_FILE(file, 'it is not an SQLite file');
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65536 : header.readUInt16BE(16);
  if (header.readUInt32BE(28) * pageSize > size) throw portErrors.CORRUPT_FILE(file, 'its end is missing');
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** SQLite's journal already mends what a crash left; this looks for files of others and damage by others. */
function check(database: DatabaseSync, file: string, kind: FileKind): void {
  if (pragma(database, 'application_id') !== kind.applicationId) {
    throw portErrors.CORRUPT_FILE(file, `it is not ${kind.name} of dojot`);
  }
  if (pragma(database, 'user_version') > kind.version) throw fileErrors.FILE_TOO_NEW(file);
  if (pragma(database, 'page_count') * pragma(database, 'page_size') > fullCheckLimit) return;
  const verdict = textOf(database.prepare('PRAGMA quick_check(1)').get()?.quick_check);
  if (verdict !== 'ok') throw portErrors.CORRUPT_FILE(file, verdict.replaceAll('\n', ' '));
}
