/** From what SQLite and the file system say to the errors a user sees, and their way from a worker thread to its caller. */
import { basename, dirname } from 'node:path';
import { catalogue, PlatformError, portErrors } from '../errors.ts';

/** Why a data file cannot be opened; a damaged one is `CORRUPT_FILE` of the ports. */
export const fileErrors = catalogue({
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

/** Result codes of SQLite (sqlite.org/rescode.html), primary part. */
export const resultCodes = {
  /** A mistake in the statement. */
  error: 1,
  permission: 3,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

/** What is wrong with the place and not with the file. */
const folderCodes: readonly number[] = [
  resultCodes.permission,
  resultCodes.readOnly,
  resultCodes.ioError,
  resultCodes.full,
  resultCodes.cannotOpen,
];

const reasons: Readonly<Record<number, string>> = {
  [resultCodes.readOnly]: 'the data folder is read-only',
  [resultCodes.full]: 'the disk is full',
};

/** The primary result code; undefined when the error is not SQLite's. */
export function resultCodeOf(error: unknown): number | undefined {
  // Told by its key: an error of another realm (a test's sandbox) is no instance of our Error.
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** A clause for people. */
export function reasonOf(error: unknown): string {
  return reasons[resultCodeOf(error) ?? -1] ?? messageOf(error);
}

export function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === resultCodes.corrupt || code === resultCodes.notADatabase;
}

/** What went wrong while `file` was opened: its lock, its folder, or else its content. */
export function openError(error: unknown, file: string): PlatformError {
  if (error instanceof PlatformError) return error;
  const code = resultCodeOf(error);
  if (code === resultCodes.busy) return fileErrors.FILE_IN_USE(file);
  if (isOfFolder(error)) return fileErrors.FOLDER_UNUSABLE(dirname(file), reasonOf(error));
  return portErrors.CORRUPT_FILE(file, reasonOf(error)).because(error);
}

function isOfFolder(error: unknown): boolean {
  const code = resultCodeOf(error);
  if (code !== undefined) return folderCodes.includes(code);
  // Of the file system (`fs`): it names the call.
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

/**
 * The store's and the history's error for what SQLite threw on an open `file`; anything else is a mistake of ours and stays
 * what it is.
 */
export function portErrorOf(error: unknown, file: string): unknown {
  const code = resultCodeOf(error);
  if (code === undefined || code === resultCodes.error) return error;
  // Without its folder: clients of the API are told, and where the server keeps its files is nothing to them.
  const name = basename(file);
  if (isDamage(error)) return portErrors.CORRUPT_FILE(name, messageOf(error));
  return portErrors.STORE_UNAVAILABLE(`${reasonOf(error)} (${name})`);
}

/** An error as it travels between threads, where class and code would be lost. */
export interface WireError {
  readonly message: string;
  readonly code?: string;
  readonly status?: number;
  readonly stack?: string;
}

export function toWire(error: unknown): WireError {
  if (error instanceof PlatformError) return { message: error.message, code: error.code, status: error.status };
  if (error instanceof Error) return { message: error.message, ...(error.stack ? { stack: error.stack } : {}) };
  return { message: String(error) };
}

export function fromWire(wire: WireError): Error {
  if (wire.code !== undefined && wire.status !== undefined) {
    return new PlatformError(wire.code, wire.status, wire.message);
  }
  const error = new Error(wire.message);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
