/** The editor's websocket (`comms`): admitted once, then bytes go both ways until the session ends. */
import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EditorHost, TokenVerifier } from '../../kit/directory.ts';
import { isPlatformError, type PlatformError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import { clientAddress } from '../client-address.ts';
import { gatewayErrors, renderGatewayError } from '../errors.ts';
import { type Admission, admit, editorTenant } from './admission.ts';
import type { EditorConnections } from './connections.ts';
import { headersForTenant } from './forwarded-headers.ts';
import { isAbsent, socketOf } from './http.ts';

export interface WebsocketNeeds {
  readonly tokens: TokenVerifier;
  readonly editors: EditorHost;
  readonly connections: EditorConnections;
  readonly trustProxy: boolean;
  readonly log: Log;
}

/** RFC 9110 §7.8: an upgrade to what we do not speak there (h2c, say) is no reason to refuse the request. */
export function isEditorSocket({ url, headers }: IncomingMessage): boolean {
  return editorTenant(url) !== undefined && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Answers the `upgrade` event of the gateway's server. */
export function websocketUpgrade(needs: WebsocketNeeds) {
  return async (request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> => {
    // A browser that vanishes is no event for us: `close` follows and tidies up.
    client.on('error', () => client.destroy());
    try {
      const admission = await admit(request, needs.tokens, needs.trustProxy);
      const socketPath = await socketOf(needs, admission.tenant);
      if (!client.destroyed) connect(request, client, head, admission, socketPath, needs);
    } catch (error) {
      if (!isPlatformError(error)) needs.log.error('an editor connection failed', { error });
      refuse(client, isPlatformError(error) ? error : gatewayErrors.EDITOR_STARTING());
    }
  };
}

function connect(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  { session }: Admission,
  socketPath: string,
  needs: WebsocketNeeds,
): void {
  const headers = headersForTenant(request.headers, session.identity, clientAddress(request, needs.trustProxy));
  const upstream = httpRequest({
    socketPath,
    path: request.url,
    agent: false,
    headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket' },
  });
  client.once('close', () => upstream.destroy());
  upstream.on('error', (error) =>
    refuse(client, isAbsent(error) ? gatewayErrors.EDITOR_STARTING() : gatewayErrors.EDITOR_FAILED()),
  );
  upstream.on('response', (answer) => {
    answer.resume();
    refuse(client, gatewayErrors.EDITOR_FAILED());
  });
  upstream.on('upgrade', (answer, tenantSide, tenantHead) => {
    client.write(handshake(answer));
    if (tenantHead.length > 0) client.write(tenantHead);
    if (head.length > 0) tenantSide.write(head);
    tenantSide.on('error', () => tenantSide.destroy());
    const close = () => {
      client.destroy();
      tenantSide.destroy();
    };
    const forget = needs.connections.add({ identity: session.identity, close }, session.expires);
    client.once('close', () => {
      forget();
      tenantSide.destroy();
    });
    tenantSide.once('close', () => client.destroy());
    client.pipe(tenantSide).pipe(client);
  });
  upstream.end();
}

/** RFC 6455 §4.2.2: only what the handshake needs; the rest of a tenant's headers has no business here. */
function handshake(answer: IncomingMessage): string {
  const names = ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions'];
  const lines = names.flatMap((name) =>
    answer.headers[name] === undefined ? [] : [`${name}: ${answer.headers[name]}`],
  );
  return ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', ...lines, '', ''].join(
    '\r\n',
  );
}

function refuse(client: Duplex, error: PlatformError): void {
  if (client.destroyed || client.writableEnded) return;
  const { status, body } = renderGatewayError(error);
  const text = JSON.stringify(body);
  const answer = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${randomUUID()}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    text,
  ].join('\r\n');
  client.end(answer, () => client.destroy());
}
