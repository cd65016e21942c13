/** What the gateway itself answers, and why it cannot start; texts of contract auth-gateway-pki §2.7 where it has one. */
import { catalogue, type PlatformError } from '../kit/errors.ts';
import type { ApiResponse } from '../kit/http/route.ts';

export const gatewayErrors = catalogue({
  UNAUTHORIZED: [401, 'Unauthorized'],
  MULTIPLE_TOKENS: [401, 'Multiple tokens provided'],
  WRONG_LOG_IN: [401, 'The user name or the password is wrong.'],
  FORBIDDEN: [403, 'Forbidden'],
  FOREIGN_EDITOR: [403, 'This editor belongs to another tenant.'],
  CROSS_ORIGIN: [403, 'A page of another site may not use this session.'],
  MISSING_HOST: [400, 'The request does not say which host it is for.'],
  INVALID_PATH: [400, 'The path of the request is not valid.'],
  INVALID_LOG_IN: [400, 'Send {"username": "…", "passwd": "…"} as JSON.'],
  NOT_FOUND: [404, 'There is nothing at this path.'],
  CRUMBLED_BODY: [400, 'The body of the request came in too many tiny chunks. Send larger ones.'],
  METHOD_NOT_ALLOWED: [405, 'This path does not know this method.'],
  BODY_TIMEOUT: [408, 'The body of the request came too slowly.'],
  BODY_TOO_LARGE: [413, (limit) => `The body of the request is larger than ${limit} bytes.`],
  ENCODED_BODY: [415, 'Send the body of the request without a Content-Encoding.'],
  UNKNOWN_EXPECTATION: [417, 'The only expectation known here is 100-continue.'],
  UNKNOWN_HOST: [
    421,
    'The platform is not known by this name. Use localhost, or tell it the name in the setting DOJOT_HOST_NAMES.',
  ],
  TOO_MANY_BODIES: [429, 'Too much is being sent at the same time. Try again in a moment.'],
  INTERNAL: [500, 'An unexpected error has occurred.'],
  HTTP_LISTEN_FAILED: [
    500,
    (address, reason) =>
      `The gateway cannot listen on ${address}: ${reason}. DOJOT_HTTP_PORT chooses another port, DOJOT_HOST another address.`,
  ],
  EDITOR_FAILED: [502, 'The editor broke off the answer.'],
  EDITOR_STARTING: [503, 'The editor is starting. Try again in a moment.'],
});

/** `{"message": …}` (§2.7); an expired token is told apart by its key, too many attempts say when to come back. */
export function renderGatewayError({ code, status, message, detail }: PlatformError): ApiResponse {
  if (code === 'TOKEN_EXPIRED') return { status, body: { exp: message } };
  const { retryAfter } = detail;
  const headers = typeof retryAfter === 'number' ? { 'Retry-After': String(retryAfter) } : {};
  return { status, body: { message, ...detail }, headers };
}

/** What is sent for an error nobody foresaw: nothing of it but the id under which the log has it. */
export function internalError(cause: unknown, requestId: string): PlatformError {
  return gatewayErrors.INTERNAL().with({ requestId }).because(cause);
}
