/**
 * Every error a user can see: a stable code, an HTTP status, a sentence. Each part keeps its own catalogue made with
 * `catalogue`; how an error looks on the wire is decided by the route group that answers (contract auth-gateway-pki §4.3).
 */
export class PlatformError extends Error {
  readonly code: string;
  /** HTTP status it maps to. */
  readonly status: number;
  /** Extra keys for the wire, as the contract of the service asks. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    detail: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PlatformError';
    this.code = code;
    this.status = status;
    this.detail = detail;
  }

  /** The same error with these keys for the wire. */
  with(detail: Readonly<Record<string, unknown>>): PlatformError {
    return new PlatformError(this.code, this.status, this.message, { ...this.detail, ...detail }, this.cause);
  }

  /** The same error with its cause, which the log shows and the wire does not. */
  because(cause: unknown): PlatformError {
    return new PlatformError(this.code, this.status, this.message, this.detail, cause);
  }
}

/** `{ CODE: [status, text or function that makes it] }`. */
export type CatalogueDefinition = Readonly<
  Record<string, readonly [status: number, text: string | ((...words: string[]) => string)]>
>;

/** A maker takes the words that its text does. */
export type Catalogue<T extends CatalogueDefinition> = {
  readonly [Code in keyof T]: T[Code][1] extends (...words: infer Words) => string
    ? (...words: Words) => PlatformError
    : () => PlatformError;
};

/** Turns a table of codes into functions that make the errors: `errors.UNKNOWN_DEVICE('efac')`. */
export function catalogue<T extends CatalogueDefinition>(definition: T): Catalogue<T> {
  const entries = Object.entries(definition).map(([code, [status, text]]) => [
    code,
    (...words: string[]) => new PlatformError(code, status, typeof text === 'string' ? text : text(...words)),
  ]);
  return Object.fromEntries(entries) as Catalogue<T>;
}

/** Errors of the ports; services let them pass, the gateway answers them. */
export const portErrors = catalogue({
  BUS_UNAVAILABLE: [503, (reason) => `The message could not be stored: ${reason}`],
  STORE_UNAVAILABLE: [503, (reason) => `The data could not be stored: ${reason}`],
  DUPLICATE: [409, (what) => `${what} exists already.`],
  REVISION_CONFLICT: [409, (what) => `${what} was changed by somebody else in the meantime.`],
  CORRUPT_FILE: [
    500,
    (file, reason) =>
      `${file} is damaged (${reason}). Restore the data folder from a backup. A bus.db or history.db may be moved away instead; it begins anew.`,
  ],
});

export function isPlatformError(error: unknown, code?: string): error is PlatformError {
  return error instanceof PlatformError && (code === undefined || error.code === code);
}
