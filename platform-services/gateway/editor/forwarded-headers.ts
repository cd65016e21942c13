/** What crosses the border between the public side and a tenant's process: no credentials inwards, no powers outwards. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type EditorUser, userHeader } from '../../../contract/editor.ts';
import type { Identity } from '../../kit/http/route.ts';

/** RFC 9110 §7.6.1, and `upgrade`, which the websocket side sets itself. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const keptFromTenant = new Set([...hopByHop, 'cookie', 'authorization', 'expect', userHeader]);

/** A tenant's process is hostile: it may not set cookies on our origin or loosen the headers the gateway sets. */
const keptFromBrowser = new Set([
  ...hopByHop,
  'set-cookie',
  'clear-site-data',
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'service-worker-allowed',
  'strict-transport-security',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-powered-by',
  'x-request-id',
  'x-xss-protection',
]);
const opensToOthers = /^access-control-/;

/** Headers for the tenant's editor: it learns who the user is from us, and only from us. */
export function headersForTenant(sent: IncomingHttpHeaders, identity: Identity, address: string): OutgoingHttpHeaders {
  const user: EditorUser = { username: identity.username, permissions: ['*'] };
  return {
    ...without(sent, keptFromTenant),
    'x-forwarded-for': address,
    [userHeader]: asciiJson(user),
  };
}

export function headersForBrowser(answered: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(without(answered, keptFromBrowser));
  return Object.fromEntries(kept.filter(([name]) => !opensToOthers.test(name)));
}

/** Without `dropped` and without what `Connection` names: those are for the next hop only (RFC 9110 §7.6.1). */
function without(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => value !== undefined && !dropped.has(name) && (!named.has(name) || name === 'content-length'),
    ),
  );
}

/** Header values are ASCII (RFC 9110 §5.5); JSON can say everything in it. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
