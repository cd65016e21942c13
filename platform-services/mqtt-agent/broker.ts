/**
 * aedes as we use it: it speaks MQTT with the devices, and routes nothing. Readings leave for the bus in its
 * `authorizePublish`, config messages come from the outboxes, and nobody may subscribe to anything else; so its own
 * routing, which also costs a third of its time per message, is switched off.
 */
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import type { ISubscribePacket, Packet } from 'mqtt-packet';
import { isPacketParser, quickenPublishes } from './publish-parser.ts';

/**
 * Packets that may come behind CONNECT before its CONNACK (MQTT 3.1.1 §3.1.4): as many as fit into one read, for then aedes
 * is paused (`pauseUntilConnack`).
 */
const queueLimit = 65_536;

export interface PacketRules {
  /** Called before aedes handles a packet; false = the connection is to be closed for it. */
  readonly onPacket: (client: Client, packet: Packet) => boolean;
  /** CONNECT asked for a version that does not exist; the connection is closed next. */
  readonly onUnknownVersion: (client: Client) => void;
}

type Published = (error?: Error) => void;

export class DeviceBroker extends Aedes {
  /** aedes does not declare these three. By client id. */
  declare readonly clients: Readonly<Record<string, Client | undefined>>;
  declare registerClient: (client: Client) => void;
  declare unregisterClient: (client: Client) => void;

  constructor(options: AedesOptions, rules: PacketRules) {
    super({ ...options, mq: noEmitter, queueLimit });
    const { handle, registerClient, unregisterClient } = this;
    this.handle = (...connection) => {
      const client = handle(...connection);
      watchPackets(client, rules);
      return client;
    };
    // aedes goes by client id alone: a client that has broken off would still end the one it was to take over from, and
    // one that was not registered yet would sign that other one off, which would then stay open and hear nothing.
    this.registerClient = (client) => {
      if (!client.closed) registerClient.call(this, client);
    };
    this.unregisterClient = (client) => {
      if (this.clients[client.id] === client) unregisterClient.call(this, client);
    };
  }

  /** aedes passes the publishing client between packet and callback. */
  override publish(_packet: PublishPacket, published: Published): void;
  override publish(_packet: PublishPacket, client: Client | null, published?: Published): void;
  override publish(_packet: PublishPacket, second: Client | Published | null, third?: Published): void {
    const published = typeof second === 'function' ? second : third;
    published?.();
  }
}

/**
 * Nothing more is read from the client until it has its CONNACK, when aedes resumes it. aedes pauses only a turn of the
 * event loop after CONNECT: what comes in between would be handled as if the client were known.
 */
export function pauseUntilConnack(client: Client): void {
  if ('pause' in client && typeof client.pause === 'function') client.pause();
}

/** Stands between aedes' parser and its handlers. */
function watchPackets(client: Client, { onPacket, onUnknownVersion }: PacketRules): void {
  if (!('_parser' in client) || !isPacketParser(client._parser)) throw new Error('This aedes has no parser we know');
  const parser = client._parser;
  quickenPublishes(parser);
  const handlers = parser.listeners('packet');
  parser.removeAllListeners('packet');
  parser.on('packet', (packet: Packet) => {
    if (!onPacket(client, packet)) {
      client.close();
      return;
    }
    if (packet.cmd === 'subscribe') tellFiltersApart(packet);
    for (const handle of handlers) Reflect.apply(handle, parser, [packet]);
  });
  parser.prependListener('error', ({ message }: Error) => {
    if (message === 'Invalid protocol version' && !client.connecting && !client.connected) onUnknownVersion(client);
  });
}

/**
 * Each filter of a SUBSCRIBE gets a return code (MQTT 3.1.1 §3.8.4), but aedes answers one that is named twice only once.
 * So all but the last of its kind become filters that are judged alike and match nothing.
 */
function tellFiltersApart({ subscriptions }: ISubscribePacket): void {
  const behind = new Set<string>();
  for (const [index, subscription] of [...subscriptions.entries()].reverse()) {
    const { topic } = subscription;
    if (behind.has(topic)) subscription.topic = `${topic.replace(/\/?#$/, '')}/\0${index}`;
    behind.add(topic);
  }
}

/** The filter that was named, of one told apart. */
export function originalOf(topic: string): string {
  const end = topic.indexOf('/\0');
  return end < 0 ? topic : topic.slice(0, end);
}

/** In place of aedes' message emitter: takes listeners and never calls one. */
const noEmitter = {
  on: (_topic: string, _listener: unknown, done?: () => void) => done?.(),
  removeListener: (_topic: string, _listener: unknown, done?: () => void) => done?.(),
  emit: (_packet: unknown, done?: () => void) => done?.(),
  close: (done?: () => void) => done?.(),
};

/** Resolves when all clients are closed. */
export function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((resolve) => broker.close(() => resolve()));
}
