/** What the flow API answers when something is wrong; the texts are the contract's (flows-and-nodes §2). */
import { catalogue, isPlatformError, type PlatformError } from '../../platform-services/kit/errors.ts';
import type { ApiResponse } from '../../platform-services/kit/http/route.ts';

export const errors = catalogue({
  INVALID_JSON: [400, (reason) => `The body is not a JSON object: ${reason}`],
  MISSING_FIELD: [400, (field) => `Missing mandatory field: ${field}`],
  INVALID_TENANT: [400, 'Invalid tenant id supplied'],
  UNKNOWN_PATH: [404, (path) => `Unknown path: ${path}`],
  UNKNOWN_FLOW: [404, (id) => `Unknown flow: ${id}`],
  DATABASE_FAILED: [500, 'Database operation failed'],
  FLOW_OPERATION_FAILED: [500, (text) => text],
});

export const unknownFlow = (id: string): PlatformError => errors.UNKNOWN_FLOW(id).with({ flow: id });

/** Errors that are not the client's get the text of the operation (500), a store that fails its own. */
export function asFailure(error: unknown, text: string): PlatformError {
  if (isPlatformError(error) && error.status < 500) return error;
  const failure = isPlatformError(error, 'STORE_UNAVAILABLE')
    ? errors.DATABASE_FAILED()
    : errors.FLOW_OPERATION_FAILED(text);
  return failure.because(error);
}

export function renderError({ status, message, detail }: PlatformError): ApiResponse {
  return { status, body: { message, ...detail } };
}
