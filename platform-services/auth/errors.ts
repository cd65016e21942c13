/** Errors of log-in and token check, with the contract's texts (auth-gateway-pki §1.2–1.5, §2.7). */
import { catalogue, type PlatformError } from '../kit/errors.ts';
import type { ApiResponse } from '../kit/http/route.ts';

export const errors = catalogue({
  INVALID_MIMETYPE: [400, 'invalid mimetype'],
  INVALID_JSON: [400, 'invalid JSON'],
  INVALID_BODY: [400, 'username and passwd must be texts in a JSON object'],
  MISSING_USERNAME: [400, 'missing username'],
  MISSING_PASSWORD: [400, 'missing password'],
  UNKNOWN_USER: [401, 'AuthenticationError'],
  INACTIVE_USER: [401, 'This user is inactive'],
  WRONG_PASSWORD: [403, 'AuthorizationError'],
  DATABASE: [500, 'Problem connecting to database'],
  BUSY: [503, 'Too many log-ins at the same time; try again in a moment'],
  NOT_AUTHORIZED: [403, 'Not authorized'],
  TOO_MANY_ATTEMPTS: [429, 'API rate limit exceeded'],
  NOT_FOUND: [404, 'Not found'],
  METHOD_NOT_ALLOWED: [405, 'Method not allowed'],
  NO_INITIAL_PASSWORD: [
    500,
    'Others can reach the platform, so its administrator needs a password that not everybody knows: set DOJOT_ADMIN_PASSWORD',
  ],
  INVALID_USER: [400, (text) => text],
});

/** Errors of the token check; the gateway answers them in its own form. */
export const tokenErrors = catalogue({
  UNDECODABLE: [401, (what) => `Bad token; invalid ${what}`],
  NO_ISSUER: [401, "No mandatory 'iss' in claims"],
  INVALID_ISSUER: [401, "Invalid 'iss' in claims"],
  UNKNOWN_ISSUER: [401, "No credentials found for given 'iss'"],
  INVALID_ALGORITHM: [401, 'Invalid algorithm'],
  INVALID_SIGNATURE: [401, 'Invalid signature'],
  TOKEN_EXPIRED: [401, 'token expired'],
  NO_SESSION: [401, 'This token is not of a session'],
  SESSION_ENDED: [401, 'session ended'],
});

/** `retryAfter` in s. */
export function tooManyAttempts(retryAfter: number): PlatformError {
  return errors.TOO_MANY_ATTEMPTS().with({ retryAfter });
}

/** What the gateway of old answered itself has no `status` in its body. */
const withoutStatus: ReadonlySet<string> = new Set(['TOO_MANY_ATTEMPTS', 'NOT_AUTHORIZED']);

export function renderError({ code, status, message, detail }: PlatformError): ApiResponse {
  const body = withoutStatus.has(code) ? { message } : { message, status };
  const { retryAfter } = detail;
  return typeof retryAfter === 'number'
    ? { status, body, headers: { 'Retry-After': String(retryAfter) } }
    : { status, body };
}
