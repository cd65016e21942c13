/** From what SQLite says to the errors of the ports, and their way from a worker thread to its caller. */
import { PlatformError, portErrors } from '../../errors.ts';

/** Result codes of SQLite (sqlite.org/rescode.html), primary part. */
export const resultCodes = {
  /** A mistake in the statement. */
  error: 1,
  busy: 5,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  constraint: 19,
  notADatabase: 26,
} as const;

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

/** The port's error for what SQLite threw on `file`; anything else is a mistake of ours and stays what it is. */
export function portErrorOf(error: unknown, file: string): unknown {
  const code = resultCodeOf(error);
  if (code === undefined || code === resultCodes.error) return error;
  if (code === resultCodes.corrupt || code === resultCodes.notADatabase) {
    return portErrors.CORRUPT_FILE(file, messageOf(error));
  }
  if (code === resultCodes.busy) {
    return portErrors.STORE_UNAVAILABLE(`${file} is in use by another process; stop that one first.`);
  }
  return portErrors.STORE_UNAVAILABLE(`${reasons[code] ?? messageOf(error)} (${file})`);
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
