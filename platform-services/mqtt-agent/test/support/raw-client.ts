/** A client that says exactly what the test wants, on a bare socket. */
import { createConnection, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet';
import { until } from './until.ts';

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far. */
  readonly received: Packet[];
  isClosed(): boolean;
  closed(): Promise<void>;
  send(...packets: Packet[]): void;
  write(bytes: Buffer): void;
  /** The first packet of this kind (and id), as soon as it is there. */
  expect(cmd: Packet['cmd'], messageId?: number): Promise<Packet>;
  destroy(): void;
}

const open = new Set<Socket>();

/** For `afterEach`. */
export function closeRawClients(): void {
  for (const socket of open) socket.destroy();
  open.clear();
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  open.add(socket);
  const received: Packet[] = [];
  const parser = mqttPacket.parser();
  parser.on('packet', (packet: Packet) => received.push(packet));
  socket.on('data', (chunk) => parser.parse(chunk));
  // A broker that ends the connection may do so with RST.
  socket.on('error', () => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  return {
    socket,
    received,
    isClosed: () => socket.destroyed,
    closed: async () => {
      await until('the connection to be closed', () => socket.destroyed);
    },
    send: (...packets) => {
      socket.write(Buffer.concat(packets.map((packet) => mqttPacket.generate(packet))));
    },
    write: (bytes) => {
      socket.write(bytes);
    },
    expect: (cmd, messageId) =>
      until(`${cmd} ${messageId ?? ''}`, () =>
        received.find((packet) => packet.cmd === cmd && (messageId === undefined || packet.messageId === messageId)),
      ),
    destroy: () => socket.destroy(),
  };
}

/** CONNECT of `admin:efac`, MQTT 3.1.1, clean session. */
export function connectPacket(changes: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'probe',
    keepalive: 0,
    username: 'admin:efac',
    ...changes,
  };
}

/** Connected, or rejects with the return code. */
export async function connectedClient(port: number, changes: Partial<IConnectPacket> = {}): Promise<RawClient> {
  const client = await rawClient(port);
  client.send(connectPacket(changes));
  const connack = await client.expect('connack');
  if (!('returnCode' in connack) || connack.returnCode !== 0) throw new Error('the connection was refused');
  return client;
}

export function publishPacket(
  payload: string | Buffer,
  changes: { topic?: string; qos?: 0 | 1 | 2; messageId?: number; dup?: boolean; retain?: boolean } = {},
): Packet {
  const { topic = 'admin:efac/attrs', qos = 1, messageId = 1, dup = false, retain = false } = changes;
  return { cmd: 'publish', topic, payload, qos, messageId, dup, retain };
}
