/** Who is at the other end, for back-off and logs. */
import type { IncomingMessage } from 'node:http';

/** The socket's address, or behind a trusted reverse proxy the last address in `X-Forwarded-For`: the one it added itself. */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const socketAddress = request.socket.remoteAddress ?? 'unknown';
  if (!trustProxy) return socketAddress;
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim();
  return forwarded ? forwarded : socketAddress;
}

/** Whether the browser speaks TLS; we never do ourselves, only a reverse proxy in front of us. */
export function isSecure(headers: IncomingMessage['headers'], trustProxy: boolean): boolean {
  return trustProxy && headers['x-forwarded-proto'] === 'https';
}
