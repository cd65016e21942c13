/** From what SQLite and the file system say to the errors a user sees. */
import { dirname } from 'node:path';
import { catalogue, type PlatformError, portErrors } from '../../errors.ts';
import type { Failure, FailureCode } from './protocol.ts';

const fileErrors = catalogue({
  FOLDER_UNUSABLE: [
    500,
    (folder, reason) => `The data folder ${folder} cannot be used (${reason}). Make it readable and writable.`,
  ],
  FILE_IN_USE: [
    500,
    (file) => `${file} is in use by another dojot process. Stop that one, or use another data folder.`,
  ],
  FILE_TOO_NEW: [500, (file) => `${file} was written by a newer version of dojot. Start that version, or a newer one.`],
});

/** Thrown inside the worker where the failure is already known. */
export class LogFailure extends Error {
  readonly failure: Failure;

  constructor(code: FailureCode, reason: string) {
    super(reason);
    this.failure = { code, reason };
  }
}

/** Result codes of SQLite (sqlite.org/rescode.html), primary part. */
const sqlite = {
  permission: 3,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
};
const folderCodes: readonly number[] = [
  sqlite.permission,
  sqlite.readOnly,
  sqlite.ioError,
  sqlite.full,
  sqlite.cannotOpen,
];

const reasons: Readonly<Record<number, string>> = {
  [sqlite.readOnly]: 'the data folder is read-only',
  [sqlite.full]: 'the disk is full',
};

/** What went wrong while the log was opened: the lock, the folder, or else the content of the file. */
export function openFailure(error: unknown): Failure {
  if (error instanceof LogFailure) return error.failure;
  const code = primaryCode(error);
  const reason = reasonOf(error);
  if (code === sqlite.busy) return { code: 'FILE_IN_USE', reason };
  if (code !== undefined && folderCodes.includes(code)) return { code: 'FOLDER_UNUSABLE', reason };
  return { code: 'CORRUPT_FILE', reason };
}

/** What went wrong while the log was read or written. */
export function useFailure(error: unknown): Failure {
  if (error instanceof LogFailure) return error.failure;
  const damaged = primaryCode(error) === sqlite.corrupt || primaryCode(error) === sqlite.notADatabase;
  return { code: damaged ? 'CORRUPT_FILE' : 'BUS_UNAVAILABLE', reason: reasonOf(error) };
}

/** The error for the user; publishing answers `BUS_UNAVAILABLE` whatever the cause. */
export function toError(failure: Failure, file: string): PlatformError {
  if (failure.code === 'BUS_UNAVAILABLE') return portErrors.BUS_UNAVAILABLE(failure.reason);
  if (failure.code === 'FOLDER_UNUSABLE') return fileErrors.FOLDER_UNUSABLE(dirname(file), failure.reason);
  if (failure.code === 'CORRUPT_FILE') return portErrors.CORRUPT_FILE(file, failure.reason);
  return fileErrors[failure.code](file);
}

function primaryCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function reasonOf(error: unknown): string {
  const known = reasons[primaryCode(error) ?? -1];
  return known ?? (error instanceof Error ? error.message : String(error));
}
