/** What makes a request unfit for any answer but a refusal, whatever its path. */
import type { IncomingMessage } from 'node:http';
import { gatewayErrors } from './errors.ts';

/** Throws `MISSING_HOST`, `UNKNOWN_HOST` or `UNKNOWN_EXPECTATION`. */
export type CheckRequest = (request: IncomingMessage) => void;

/**
 * `hostNames`: names, beside those of the loopback, by which clients may reach us; undefined = any. Where only this machine
 * reaches us, a page of another site could: its owner points its name at 127.0.0.1, and the browser then takes us for that
 * site (DNS rebinding). Such a request names the other site as its host.
 */
export function requestChecks(hostNames: readonly string[] | undefined, trustProxy: boolean): CheckRequest {
  const known = hostNames && new Set(hostNames.map((name) => name.toLowerCase()));
  const isKnown = (host: string) => {
    const name = nameOf(host);
    return known === undefined || isLoopbackName(name) || known.has(name);
  };
  return ({ headers, httpVersion }) => {
    // RFC 9112 §3.2; older clients know no such header.
    if (headers.host === undefined && httpVersion === '1.1') throw gatewayErrors.MISSING_HOST();
    const forwarded = trustProxy ? [headers['x-forwarded-host'] ?? []].flat() : [];
    for (const host of [headers.host ?? [], forwarded].flat()) {
      if (!isKnown(host)) throw gatewayErrors.UNKNOWN_HOST();
    }
    // RFC 9110 §10.1.1
    if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
      throw gatewayErrors.UNKNOWN_EXPECTATION();
  };
}

/** Without the port and the dot that may end a full name, in lower case. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
