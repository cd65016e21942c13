/** What the flow API answers when something is wrong; the texts are the contract's (flows-and-nodes §2). */
import { catalogue, isPlatformError, PlatformError } from '../../platform-services/kit/errors.ts';
import type { ApiResponse } from '../../platform-services/kit/http/route.ts';

export const errors = catalogue({
  INVALID_JSON: [400, (reason) => `The body is not a JSON object: ${reason}`],
  MISSING_FIELD: [400, (field) => `Missing mandatory field: ${field}`],
  INVALID_TENANT: [400, 'Invalid tenant id supplied'],
  UNKNOWN_PATH: [404, (path) => `Unknown path: ${path}`],
  DATABASE_FAILED: [500, 'Database operation failed'],
});

export const unknownFlow = (id: string): PlatformError =>
  new PlatformError('UNKNOWN_FLOW', 404, `Unknown flow: ${id}`, { flow: id });

/** `reason` tells people more than the contract's one text for every defect (gui §4.18). */
export const invalidFlow = (reason: string): PlatformError =>
  new PlatformError('INVALID_FLOW', 400, 'Given flow is invalid', { reason });

/** Errors that are not the client's get the text of the operation (500), a store that fails its own. */
export function asFailure(error: unknown, text: string): PlatformError {
  if (isPlatformError(error) && error.status < 500) return error;
  if (isPlatformError(error, 'STORE_UNAVAILABLE')) {
    return new PlatformError('DATABASE_FAILED', 500, errors.DATABASE_FAILED().message, {}, error);
  }
  return new PlatformError('FLOW_OPERATION_FAILED', 500, text, {}, error);
}

export function renderError({ status, message, detail }: PlatformError): ApiResponse {
  return { status, body: { message, ...detail } };
}
