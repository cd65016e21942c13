/** A small stand-in for a tenant's editor: a real HTTP server on a unix socket that shows what reached it. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

export interface TenantEditor {
  readonly seen: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly size: number;
  }[];
  stop(): Promise<void>;
}

export async function startTenantEditor(socketPath: string): Promise<TenantEditor> {
  const seen: TenantEditor['seen'][number][] = [];
  const upgraded = new Set<Duplex>();
  const server: Server = createServer((request, response) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, size });
      if (request.url?.endsWith('/break')) {
        response.destroy();
        return;
      }
      response.setHeader('Set-Cookie', 'dojot-session=stolen; Path=/');
      response.setHeader('Content-Security-Policy', 'default-src *');
      response.setHeader('Content-Type', 'text/javascript');
      response.end('x'.repeat(5000));
    });
  });
  server.on('upgrade', (request, socket) => {
    seen.push({ method: 'UPGRADE', url: request.url ?? '', headers: request.headers, size: 0 });
    upgraded.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => upgraded.delete(socket));
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: yes\r\nSet-Cookie: a=b\r\n\r\nhello ',
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    seen,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of upgraded) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
