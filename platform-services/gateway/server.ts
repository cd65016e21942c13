/** The gateway's sockets: limits against slow and broken clients, and a stop that leaves none open. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { dueAnswers } from './due-answers.ts';
import { gatewayErrors } from './errors.ts';

/** ms a client has for its headers, and for a whole request. */
const headersTimeout = 10_000;
const requestTimeout = 120_000;
/** ms running requests have to end when the server stops. */
const graceMs = 300;

export interface GatewayServer {
  listen(host: string, port: number): Promise<void>;
  /** Where it listens; throws before `listen`. */
  address(): AddressInfo;
  stop(): Promise<void>;
}

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/** `upgrades`: whether a request may become another protocol; all others are answered as if they had not asked. */
export function gatewayServer(
  answer: RequestListener,
  upgrade: UpgradeListener,
  upgrades: (request: IncomingMessage) => boolean,
): GatewayServer {
  const limits = { headersTimeout, requestTimeout, connectionsCheckingInterval: 2000 };
  const due = dueAnswers(answer);
  // Who checks the requests checks their host, too, and answers in our form.
  const server = createServer({ ...limits, requireHostHeader: false, shouldUpgradeCallback: upgrades }, due.answer);
  // Without this Node would ask for the body before anybody has looked at its announced size.
  server.on('checkContinue', due.answer);
  server.on('checkExpectation', due.answer);
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // What came before the malformed bytes gets its answer first, and nothing takes the place of one.
    const isAnswering = due.hasBegun(socket);
    due.whenAnswered(socket, () => (isAnswering ? socket.destroy() : refuseMalformed(error.code, socket)));
  });
  server.on('upgrade', upgrade);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const onError = (error: Error) =>
          reject(gatewayErrors.HTTP_LISTEN_FAILED(`${host}:${port}`, error.message).because(error));
        server.once('error', onError);
        server.listen(port, host, () => {
          server.removeListener('error', onError);
          resolve();
        });
      }),
    address() {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the gateway does not listen');
      return address;
    },
    stop: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Bytes that are no HTTP request: answered in our form as far as the client can still hear it. */
function refuseMalformed(code: string | undefined, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify({ message: STATUS_CODES[status] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    `X-Request-Id: ${randomUUID()}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
