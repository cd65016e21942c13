/**
 * The config messages of one session on their way to its device: in order, at most a window of them unacknowledged, the
 * rest waiting, and no more waiting than the limit (the oldest give way).
 *
 * It writes PUBLISH packets to the socket itself. aedes could deliver them, but without window or limit, and its emitter
 * recurses to death when a subscriber leaves thousands of messages behind.
 */
import type { Duplex } from 'node:stream';
import mqttPacket from 'mqtt-packet';
import type { Clock } from '../kit/clock.ts';

export interface ConfigMessage {
  /** Unique within the session: the position on the bus. */
  readonly id: string;
  readonly payload: string;
  /** It leaves with. */
  readonly qos: 0 | 1;
}

export interface Outbox {
  push(message: ConfigMessage): void;
  has(id: string): boolean;
  /** Sends what the device has not acknowledged, again and first, then what waits. */
  attach(socket: Duplex): void;
  /** What has QoS 0 and is not sent yet is given up. */
  detach(): void;
  /** To any socket, or to this one. */
  isAttached(to?: Duplex): boolean;
  /** The message the device has just acknowledged; undefined when it is none of ours. */
  acknowledge(packetId: number): ConfigMessage | undefined;
  /** Gives up all. */
  clear(): void;
}

export interface OutboxOptions {
  readonly topic: string;
  readonly window: number;
  /** Most messages waiting while the device is connected and while it is away. */
  readonly maxOnline: number;
  readonly maxOffline: number;
  /** Most bytes of messages waiting and unacknowledged. */
  readonly maxBytes: number;
  /** ms after which a message that is not acknowledged is sent again; 0 = only when the device comes back. */
  readonly retryMs: number;
  readonly clock: Clock;
  readonly onSent: () => void;
  /** It gave way to newer ones. */
  readonly onDropped: (message: ConfigMessage) => void;
  /** So many were left when the connection or the session ended. */
  readonly onGivenUp: (count: number) => void;
}

interface Entry extends ConfigMessage {
  /** Of the payload. */
  readonly bytes: number;
  /** Once sent: a re-delivery keeps its id (MQTT 3.1.1 §4.4). */
  packetId: number | undefined;
  /** Epoch ms. */
  sentAt: number;
}

const lastPacketId = 65_535;

export function createOutbox(options: OutboxOptions): Outbox {
  /** By id, oldest first. */
  let waiting = new Map<string, Entry>();
  /** By packet id, oldest first. */
  const inflight = new Map<number, Entry>();
  /** Of all entries. */
  let bytes = 0;
  let socket: Duplex | undefined;
  let awaitsDrain = false;
  let retry: NodeJS.Timeout | undefined;
  let lastId = 0;

  function pump(): void {
    for (const entry of waiting.values()) {
      if (!socket?.writable || inflight.size >= options.window) return;
      if (socket.writableNeedDrain) {
        resumeAtDrain(socket);
        return;
      }
      waiting.delete(entry.id);
      send(socket, entry);
    }
  }

  /** Listens once, however many messages come meanwhile. */
  function resumeAtDrain(full: Duplex): void {
    if (awaitsDrain) return;
    awaitsDrain = true;
    full.once('drain', () => {
      if (socket !== full) return;
      awaitsDrain = false;
      pump();
    });
  }

  function send(to: Duplex, entry: Entry): void {
    const { payload, qos } = entry;
    const packet = { cmd: 'publish', topic: options.topic, payload, retain: false } as const;
    if (qos === 0) {
      bytes -= entry.bytes;
      to.write(mqttPacket.generate({ ...packet, qos, dup: false }));
    } else {
      const dup = entry.packetId !== undefined;
      const messageId = entry.packetId ?? freePacketId();
      entry.packetId = messageId;
      entry.sentAt = options.clock.now();
      inflight.set(messageId, entry);
      to.write(mqttPacket.generate({ ...packet, qos, dup, messageId }));
      retryLater();
    }
    options.onSent();
  }

  function retryLater(): void {
    if (retry !== undefined || options.retryMs === 0 || inflight.size === 0) return;
    const oldest = Math.min(...[...inflight.values()].map(({ sentAt }) => sentAt));
    const wait = oldest + options.retryMs - options.clock.now();
    retry = setTimeout(sendAgain, Math.min(Math.max(wait, 1), options.retryMs));
  }

  /** What is unacknowledged for too long; not to a device that does not even read. */
  function sendAgain(): void {
    retry = undefined;
    const due = options.clock.now() - options.retryMs;
    for (const entry of inflight.values()) {
      if (entry.sentAt > due) continue;
      if (socket?.writable && !socket.writableNeedDrain) send(socket, entry);
      else entry.sentAt = options.clock.now();
    }
    retryLater();
  }

  function freePacketId(): number {
    do lastId = (lastId % lastPacketId) + 1;
    while (inflight.has(lastId));
    return lastId;
  }

  function trim(): void {
    const limit = socket ? options.maxOnline : options.maxOffline;
    for (const entry of waiting.values()) {
      if (waiting.size <= limit && bytes <= options.maxBytes) return;
      waiting.delete(entry.id);
      bytes -= entry.bytes;
      options.onDropped(entry);
    }
  }

  function detach(): void {
    stopSending();
    const entries = [...inflight.values(), ...waiting.values()];
    const lasting = entries.filter(({ qos }) => qos > 0);
    replaceAll(lasting);
    giveUp(entries.length - lasting.length);
    trim();
  }

  function stopSending(): void {
    socket = undefined;
    awaitsDrain = false;
    clearTimeout(retry);
    retry = undefined;
  }

  function replaceAll(entries: readonly Entry[]): void {
    waiting = new Map(entries.map((entry) => [entry.id, entry]));
    inflight.clear();
    bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  }

  function giveUp(count: number): void {
    if (count > 0) options.onGivenUp(count);
  }

  function isWaitingOrSent(id: string): boolean {
    return waiting.has(id) || [...inflight.values()].some((entry) => entry.id === id);
  }

  return {
    push(message) {
      const entry = { ...message, bytes: Buffer.byteLength(message.payload), packetId: undefined, sentAt: 0 };
      waiting.set(entry.id, entry);
      bytes += entry.bytes;
      pump();
      trim();
    },
    has: isWaitingOrSent,
    attach(to) {
      if (socket) detach();
      socket = to;
      pump();
    },
    detach,
    isAttached: (to) => socket !== undefined && (to === undefined || to === socket),
    acknowledge(packetId) {
      const entry = inflight.get(packetId);
      if (entry) bytes -= entry.bytes;
      inflight.delete(packetId);
      pump();
      return entry;
    },
    clear() {
      const left = waiting.size + inflight.size;
      replaceAll([]);
      giveUp(left);
    },
  };
}
