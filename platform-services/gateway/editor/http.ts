/** HTTP between the browser and a tenant's editor (contract: `/editor/<tenant>/`, prefix kept). */
import { request as httpRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { EditorHost } from '../../kit/directory.ts';
import { isPlatformError, type PlatformError } from '../../kit/errors.ts';
import type { BodyBudget } from '../body-budget.ts';
import { clientAddress } from '../client-address.ts';
import { gatewayErrors } from '../errors.ts';
import { readBody } from '../request-body.ts';
import type { Admission } from './admission.ts';
import { headersForBrowser, headersForTenant } from './forwarded-headers.ts';

/** Largest deploy, bytes. */
const bodyLimit = 20 * 1024 * 1024;
/** Longest silence of the editor while it answers. */
const silenceMs = 60_000;

export interface EditorHttpNeeds {
  readonly editors: EditorHost;
  readonly trustProxy: boolean;
  readonly bodies: BodyBudget;
}

/**
 * Forwards one request of an admitted user. Resolves when the answer is through; throws what `readBody` throws,
 * `EDITOR_STARTING` (the process does not answer, it is being started) or `EDITOR_FAILED` (it broke off).
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { tenant, session }: Admission,
  needs: EditorHttpNeeds,
): Promise<void> {
  const share = needs.bodies.open(tenant);
  try {
    // Whole before anything is waited for: chunks kept until the editor has started could be of one byte each.
    const body = await readBody(request, response, bodyLimit, share);
    const socketPath = await socketOf(needs.editors, tenant);
    const headers = headersForTenant(request.headers, session.identity, clientAddress(request, needs.trustProxy));
    const framed = { ...headers, ...framingOf(request, body) };
    const options = { socketPath, path: request.url, method: request.method, headers: framed };
    const answer = await exchange(body, response, options);
    response.writeHead(answer.statusCode ?? 502, {
      ...headersForBrowser(answer.headers),
      ...cachingOf(request, answer.statusCode),
    });
    await pipeline(answer, response);
  } finally {
    share.close();
  }
}

/** Throws `EDITOR_STARTING` when the tenant's process cannot be started now. */
export async function socketOf(editors: EditorHost, tenant: string): Promise<string> {
  try {
    return await editors.socketOf(tenant);
  } catch (error) {
    throw isPlatformError(error) && error.status === 503 ? gatewayErrors.EDITOR_STARTING().because(error) : error;
  }
}

/** `EDITOR_STARTING` when no connection could be made: the process is not (yet, or no longer) there. Else `EDITOR_FAILED`. */
export function upstreamFailure(error: NodeJS.ErrnoException): PlatformError {
  const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
  return (isAbsent ? gatewayErrors.EDITOR_STARTING() : gatewayErrors.EDITOR_FAILED()).because(error);
}

/** A body that came in chunks needs its length: without a frame it would read as the next request. */
function framingOf({ headers }: IncomingMessage, body: Buffer): Record<string, number> {
  return headers['transfer-encoding'] === undefined ? {} : { 'content-length': body.length };
}

function exchange(body: Buffer, response: ServerResponse, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: one kept from a process that has died since would fail the next request.
    const upstream = httpRequest({ ...options, agent: false, timeout: silenceMs });
    upstream.on('response', resolve);
    upstream.on('timeout', () => upstream.destroy(new Error(`the editor was silent for ${silenceMs} ms`)));
    upstream.on('error', (error) => reject(upstreamFailure(error)));
    response.once('close', () => upstream.destroy());
    upstream.end(body);
  });
}

/**
 * The editor's own files carry a version in their URL and may be kept for ever; the others under these folders change with
 * a release only. Everything else is for the editor to say.
 */
function cachingOf(request: IncomingMessage, status: number | undefined): Record<string, string> {
  if (status !== 200 || request.method !== 'GET') return {};
  if (!/^\/editor\/[^/]+\/(red|vendor|types)\//.test(request.url ?? '')) return {};
  const versioned = /[?&]v=/.test(request.url ?? '');
  return { 'cache-control': versioned ? 'private, max-age=31536000, immutable' : 'private, max-age=3600' };
}
