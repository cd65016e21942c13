/**
 * What a service offers over HTTP: plain handlers from request to response. The gateway owns sockets, identity, size
 * limits and headers; a handler owns its rules and nothing else.
 */
import type { z } from 'zod';
import type { PlatformError } from '../errors.ts';

/** Who asks; the gateway has verified it. */
export interface Identity {
  readonly tenant: string;
  readonly username: string;
  readonly userId: number;
}

export interface ApiRequest {
  readonly identity: Identity;
  readonly method: string;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As sent, without `?`; services differ in how they read it. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of who sent it; no header can change it. */
  readonly clientAddress: string;
  readonly body: Buffer;
  readonly requestId: string;
}

export interface ApiResponse {
  readonly status: number;
  /**
   * JSON unless it is text, bytes or pieces; absent = empty. Pieces are sent as fast as the client takes them, and asked for
   * no longer when it has gone; an empty one sends nothing.
   */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Text of any length. What it throws before the first piece is answered like an error of the handler. */
export type Pieces = AsyncIterable<string>;

export function isPieces(body: unknown): body is Pieces {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

export type Handler = (request: ApiRequest) => Promise<ApiResponse>;

/** One operation of the API, as documented; OpenAPI is made from it. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** `/device/{id}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** What comes back, by status. */
  readonly responses: Readonly<Record<number, { readonly description: string; readonly body?: z.ZodType }>>;
}

export interface Route {
  readonly endpoint: Endpoint;
  readonly handler: Handler;
}

export interface RouteGroup {
  /** First path segments this group owns; an unknown path below them is answered by `notFound`. */
  readonly prefixes: readonly string[];
  readonly routes: readonly Route[];
  /** Bytes; larger bodies are refused with 413 before they are read. */
  readonly bodyLimit: number;
  /** The service's own error form; `accept`: what the client can read (RFC 9110 §12.5.1). */
  readonly renderError: (error: PlatformError, accept?: string) => ApiResponse;
  readonly notFound: (path: string) => PlatformError;
  /** The path exists with other verbs; `allowed` lists them. Default: `notFound`. */
  readonly methodNotAllowed?: (path: string, allowed: readonly string[]) => PlatformError;
  /** Whether `/a/` is `/a`; default: it is an unknown path. */
  readonly trailingSlash?: 'accepted' | 'unknown-path';
}
