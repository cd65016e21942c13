/** Whether a request that carries the session cookie comes from our own pages: the defence against cross-site requests. */
import type { IncomingHttpHeaders } from 'node:http';

const ownSites = new Set(['same-origin', 'none']);

/** For requests that change something, and for websockets: the browser has to say where it comes from. */
export function isSameOrigin(headers: IncomingHttpHeaders, trustProxy: boolean): boolean {
  return statedOrigin(headers, trustProxy) ?? false;
}

/** For requests that only read: refused only when the browser says that another site asks. */
export function isNotForeign(headers: IncomingHttpHeaders, trustProxy: boolean): boolean {
  return statedOrigin(headers, trustProxy) ?? true;
}

/** Undefined when the browser says nothing (https://www.w3.org/TR/fetch-metadata: sent on https and loopback only). */
function statedOrigin(headers: IncomingHttpHeaders, trustProxy: boolean): boolean | undefined {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string') return ownSites.has(site);
  if (headers.origin === undefined) return undefined;
  const forwardedHost = trustProxy ? headers['x-forwarded-host'] : undefined;
  const host = typeof forwardedHost === 'string' ? forwardedHost : headers.host;
  return host !== undefined && URL.canParse(headers.origin) && new URL(headers.origin).host === host.toLowerCase();
}
