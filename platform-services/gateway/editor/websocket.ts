/** The editor's websocket (`comms`): admitted once, then bytes go both ways until the session ends. */
import { request as httpRequest, type IncomingMessage, type RequestOptions, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { editorTenant } from '../../../contract/editor.ts';
import type { EditorHost, Sessions } from '../../kit/directory.ts';
import { isPlatformError, type PlatformError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import { clientAddress } from '../client-address.ts';
import { renderGatewayError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { CheckRequest } from '../request-checks.ts';
import { requestIdOf } from '../request-id.ts';
import { isSameOrigin } from '../same-origin.ts';
import { admit } from './admission.ts';
import type { EditorConnections } from './connections.ts';
import { headersForTenant } from './forwarded-headers.ts';
import { socketOf, upstreamFailure } from './http.ts';
import { sessionOver } from './session-over.ts';

export interface WebsocketNeeds {
  readonly check: CheckRequest;
  readonly sessions: Sessions;
  readonly editors: EditorHost;
  readonly connections: EditorConnections;
  readonly trustProxy: boolean;
  readonly log: Log;
}

/** ms the editor has to take the connection. */
const handshakeMs = 10_000;
/** ms a client has to close a connection that it need not have made. */
const lastWordsMs = 3000;

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
      needs.check(request);
      const { tenant, session } = await admit(request, needs.sessions, needs.trustProxy);
      if (client.destroyed) return;
      // Known from here on, so that a log-out ends it also while its editor is still being started.
      const kept = needs.connections.add({ session, close: () => client.destroy() });
      client.once('close', kept.forget);
      const socketPath = await socketOf(needs.editors, tenant);
      if (client.destroyed) return;
      const headers = headersForTenant(request.headers, session.identity, clientAddress(request, needs.trustProxy));
      const upgraded = await connect({ socketPath, path: request.url, headers }, client);
      if (client.destroyed) {
        upgraded.tenantSide.destroy();
        return;
      }
      kept.opened();
      join(client, head, upgraded);
    } catch (error) {
      if (client.destroyed) return;
      const key = request.headers['sec-websocket-key'];
      const isOwnPage = isSameOrigin(request.headers, needs.trustProxy);
      if (isPlatformError(error, 'UNAUTHORIZED') && isOwnPage && key !== undefined) lastWords(client, sessionOver(key));
      else refuse(client, failureOf(error, request, needs.log), requestIdOf(request));
    }
  };
}

/** What the editor has answered, and its side of the connection. */
interface Upgraded {
  readonly answer: IncomingMessage;
  readonly tenantSide: Duplex;
  readonly tenantHead: Buffer;
}

/** Throws `EDITOR_STARTING` or `EDITOR_FAILED`. */
function connect(options: RequestOptions, client: Duplex): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, connection: 'Upgrade', upgrade: 'websocket' };
    const upstream = httpRequest({ ...options, agent: false, headers });
    const fail = (reason: string) => upstream.destroy(new Error(reason));
    const tooLate = setTimeout(() => fail(`the editor was silent for ${handshakeMs} ms`), handshakeMs);
    const giveUp = () => fail('the browser has gone');
    client.once('close', giveUp);
    const settle = () => {
      clearTimeout(tooLate);
      client.removeListener('close', giveUp);
    };
    upstream.on('error', (error) => {
      settle();
      reject(upstreamFailure(error));
    });
    upstream.on('response', (answer) => {
      settle();
      reject(upstreamFailure(new Error(`the editor answered ${answer.statusCode} instead of 101`)));
      upstream.destroy();
    });
    upstream.on('upgrade', (answer, tenantSide, tenantHead) => {
      settle();
      resolve({ answer, tenantSide, tenantHead });
    });
    upstream.end();
  });
}

function join(client: Duplex, head: Buffer, { answer, tenantSide, tenantHead }: Upgraded): void {
  tenantSide.on('error', () => tenantSide.destroy());
  client.once('close', () => tenantSide.destroy());
  tenantSide.once('close', () => client.destroy());
  client.write(handshake(answer));
  if (tenantHead.length > 0) client.write(tenantHead);
  if (head.length > 0) tenantSide.write(head);
  client.pipe(tenantSide).pipe(client);
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

/** What the client has sent before it heard them would break the connection under them, so it is read and thrown away. */
function lastWords(client: Duplex, words: Buffer): void {
  const cut = setTimeout(() => client.destroy(), lastWordsMs).unref();
  client.once('close', () => clearTimeout(cut));
  client.resume();
  client.end(words);
}

function refuse(client: Duplex, error: PlatformError, requestId: string): void {
  const { status, body } = renderGatewayError(error);
  const text = JSON.stringify(body);
  const answer = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    text,
  ].join('\r\n');
  client.end(answer, () => client.destroy());
}
