/**
 * The config messages of one session on their way to its device: in order, at most a window of them unacknowledged, the
 * rest waiting, and no more waiting than the limit (the oldest give way).
 *
 * What is on disk is not kept in memory while the device is away; it is read again when its turn comes.
 *
 * It writes PUBLISH packets to the socket itself. aedes could deliver them, but without window or limit, and its emitter
 * recurses to death when a subscriber leaves thousands of messages behind.
 */
import type { Duplex } from 'node:stream';
import mqttPacket from 'mqtt-packet';
import type { Clock } from '../kit/clock.ts';
import type { Budgets, Held } from './budgets.ts';
import type { DeviceIdentity } from './identity.ts';

export interface ConfigMessage {
  /** Unique within the session: the position on the bus. */
  readonly id: string;
  /** Undefined = on disk only. */
  readonly payload: string | undefined;
  /** Of the payload. */
  readonly bytes: number;
  /** It leaves with. */
  readonly qos: 0 | 1;
}

/** By message id; those that are not there any more are missing. */
export type Payloads = ReadonlyMap<string, string>;

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
  readonly identity: DeviceIdentity;
  readonly budgets: Budgets;
  /** Messages of QoS 1 are on disk, and their payloads are read from there; undefined = they are in memory only. */
  readonly readPayloads: ((ids: readonly string[]) => Promise<Payloads>) | undefined;
  readonly window: number;
  /** Most messages waiting while the device is connected and while it is away. */
  readonly maxOnline: number;
  readonly maxOffline: number;
  /** ms after which a message that is not acknowledged is sent again; 0 = only when the device comes back. */
  readonly retryMs: number;
  readonly clock: Clock;
  readonly onSent: () => void;
  /** It gave way to newer ones. */
  readonly onDropped: (message: ConfigMessage) => void;
  /** So many were left when the connection or the session ended. */
  readonly onGivenUp: (count: number) => void;
  /** The connection ends for it, so that the device comes back for its messages. */
  readonly onUnreadable: (error: unknown) => void;
}

interface Entry extends ConfigMessage, Held {
  payload: string | undefined;
  /** Once sent: a re-delivery keeps its id (MQTT 3.1.1 §4.4). */
  packetId: number | undefined;
  /** Epoch ms. */
  sentAt: number;
}

const lastPacketId = 65_535;

export function createOutbox(options: OutboxOptions): Outbox {
  const { identity, budgets } = options;
  /** By id, oldest first. */
  let waiting = new Map<string, Entry>();
  /** By packet id, oldest first. */
  const inflight = new Map<number, Entry>();
  let socket: Duplex | undefined;
  let awaitsDrain = false;
  let isReading = false;
  let retry: NodeJS.Timeout | undefined;
  let lastId = 0;

  function pump(): void {
    for (const entry of waiting.values()) {
      if (!socket?.writable || inflight.size >= options.window) return;
      if (socket.writableNeedDrain) {
        resumeAtDrain(socket);
        return;
      }
      const { payload } = entry;
      if (payload === undefined) {
        if (!isReading) void readNext(socket);
        return;
      }
      waiting.delete(entry.id);
      send(socket, entry, payload);
    }
  }

  /** The payloads of the next window of messages. */
  async function readNext(reader: Duplex): Promise<void> {
    const { readPayloads } = options;
    if (readPayloads === undefined) return;
    const missing = [...waiting.values()].slice(0, options.window).filter(({ payload }) => payload === undefined);
    isReading = true;
    try {
      const payloads = await readPayloads(missing.map(({ id }) => id));
      if (socket !== undefined) for (const entry of missing) fill(entry, payloads.get(entry.id));
    } catch (error) {
      options.onUnreadable(error);
      reader.destroy();
    } finally {
      isReading = false;
    }
    pump();
  }

  /** What is not on disk any more was acknowledged, or gave way, before a crash. */
  function fill(entry: Entry, payload: string | undefined): void {
    if (waiting.get(entry.id) !== entry) return;
    if (payload === undefined) remove(entry);
    else entry.payload = payload;
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

  function send(to: Duplex, entry: Entry, payload: string): void {
    const { qos } = entry;
    const packet = { cmd: 'publish', topic: identity.configTopic, payload, retain: false } as const;
    if (qos === 0) {
      budgets.remove(identity, entry);
      to.write(mqttPacket.generate({ ...packet, qos, dup: false }));
    } else {
      const dup = entry.packetId !== undefined;
      const messageId = entry.packetId ?? freePacketId();
      entry.packetId = messageId;
      entry.sentAt = options.clock.now();
      inflight.set(messageId, entry);
      budgets.sent(identity, entry);
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
      const { payload } = entry;
      if (payload !== undefined && socket?.writable && !socket.writableNeedDrain) send(socket, entry, payload);
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
      if (waiting.size <= limit) return;
      entry.giveWay();
    }
  }

  function detach(): void {
    stopSending();
    const sent = [...inflight.values()];
    const later = [...waiting.values()];
    inflight.clear();
    waiting = new Map([...sent, ...later].map((entry) => [entry.id, entry]));
    for (const entry of sent) budgets.waits(identity, entry);
    const fleeting = later.filter(({ qos }) => qos === 0);
    for (const entry of fleeting) remove(entry);
    giveUp(fleeting.length);
    if (options.readPayloads) for (const entry of waiting.values()) entry.payload = undefined;
    trim();
  }

  function remove(entry: Entry): void {
    waiting.delete(entry.id);
    budgets.remove(identity, entry);
  }

  function stopSending(): void {
    socket = undefined;
    awaitsDrain = false;
    clearTimeout(retry);
    retry = undefined;
  }

  function giveUp(count: number): void {
    if (count > 0) options.onGivenUp(count);
  }

  function isOnDisk({ qos }: ConfigMessage): boolean {
    return options.readPayloads !== undefined && qos > 0;
  }

  function isWaitingOrSent(id: string): boolean {
    return waiting.has(id) || [...inflight.values()].some((entry) => entry.id === id);
  }

  return {
    push(message) {
      const entry: Entry = {
        ...message,
        payload: isOnDisk(message) && socket === undefined ? undefined : message.payload,
        packetId: undefined,
        sentAt: 0,
        giveWay() {
          remove(entry);
          options.onDropped(entry);
        },
      };
      waiting.set(entry.id, entry);
      budgets.add(identity, entry);
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
      if (entry) budgets.remove(identity, entry);
      inflight.delete(packetId);
      pump();
      return entry;
    },
    clear() {
      const left = [...inflight.values(), ...waiting.values()];
      inflight.clear();
      for (const entry of left) remove(entry);
      giveUp(left.length);
    },
  };
}
