/** The HTTP server of the editor, on a unix socket that only the gateway uses. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type App = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

export interface EditorServer {
  readonly server: Server;
  /** Serves an app below `root` and begins to listen. */
  listen(socketPath: string, root: string, app: App): Promise<void>;
  /** Cuts all connections, also upgraded ones. */
  stop(): Promise<void>;
}

/** Made before the app, because Node-RED wants the server first. */
export function createEditorServer(): EditorServer {
  const server = createServer();
  const upgraded = new Set<Socket>();
  server.on('upgrade', (_request, socket: Socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });

  return {
    server,
    async listen(socketPath, root, app) {
      server.on('request', below(root, app));
      server.listen(socketPath);
      await once(server, 'listening');
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

/** Gives an express app requests the way a mounting app would. */
function below(root: string, app: App): RequestListener {
  return (request, response) => {
    const url = request.url ?? '';
    const rest = url.slice(root.length);
    if (!url.startsWith(root) || (rest !== '' && !/^[/?]/.test(rest))) return refuse(response, 404);
    Object.assign(request, { originalUrl: url, baseUrl: root });
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    app(request, response, (error) => refuse(response, error ? 400 : 404));
  };
}

function refuse(response: ServerResponse, status: 400 | 404): void {
  if (response.headersSent) return void response.destroy();
  const body =
    status === 404 ? { code: 'not_found', message: 'Not found' } : { code: 'bad_request', message: 'Bad request' };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
