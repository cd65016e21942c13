/** The TCP side: accepts connections, watches packet sizes, and can make all of them fall silent. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Aedes, Client } from 'aedes';
import type { MqttCounters } from './counters.ts';
import { mqttErrors } from './errors.ts';
import { createTurnNumber, type FrameWatch, watchFrames } from './frames.ts';

export interface Listener {
  /** Throws `MQTT_LISTEN_FAILED`. */
  open(host: string, port: number): Promise<void>;
  /** The TCP port, once open. */
  port(): number | undefined;
  /** Accepts no more connections and reads nothing more from those there are; what is to be sent still goes out. */
  silence(): void;
  /** Ends what is left; resolves when every socket is closed. */
  close(): Promise<void>;
}

export interface ListenerNeeds {
  readonly broker: Aedes;
  /** Bytes of one packet after its fixed header. */
  readonly maxPacketBytes: number;
  readonly maxConnections: number;
  /** Nothing may be read from the client at present; then `wake` is called once when it may. */
  readonly mustWait: (client: Client, wake: () => void) => boolean;
  readonly counters: MqttCounters;
  readonly onTooLong: () => void;
  /** A connection could not be accepted, for example because the process has too many files open. */
  readonly onAcceptError: (error: Error) => void;
  /** A connection was closed at once because there are `maxConnections` already. */
  readonly onFull: () => void;
}

export function createListener(needs: ListenerNeeds): Listener {
  const { broker, counters } = needs;
  const watches = new Map<Socket, FrameWatch>();
  const turn = createTurnNumber();
  // Without noDelay each small acknowledgement waits for the peer's delayed ACK: 88 ms instead of 0.4.
  const server = createServer({ noDelay: true }, (socket) => {
    counters.socketOpen.add();
    const client = broker.handle(socket);
    const watch = watchFrames(socket, {
      maxLength: needs.maxPacketBytes,
      isConnecting: () => client.connecting,
      mustWait: (wake) => needs.mustWait(client, wake),
      turn,
      onFrame: counters.received,
      onTooLong: needs.onTooLong,
    });
    watches.set(socket, watch);
    socket.once('close', (hadError) => {
      watches.delete(socket);
      counters.socketClose.add();
      if (hadError) counters.socketError.add();
      counters.bytesReceived.add(socket.bytesRead);
      counters.bytesSent.add(socket.bytesWritten);
    });
  });
  server.maxConnections = needs.maxConnections;
  server.on('drop', needs.onFull);

  return {
    open: async (host, port) => {
      await listen(server, host, port);
      server.on('error', needs.onAcceptError);
    },
    port: () => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : undefined;
    },
    silence() {
      server.close();
      for (const watch of watches.values()) watch.silence();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of watches.keys()) socket.destroy();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(mqttErrors.MQTT_LISTEN_FAILED(`${host}:${port}`, error.message));
    server.once('error', onError);
    server.listen(port, host, 4096, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
