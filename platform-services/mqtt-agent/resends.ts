/**
 * Recognises what a client sends again. MQTT re-delivers an unacknowledged PUBLISH after a reconnect, with DUP set
 * (MQTT 3.1.1 §4.4); when the first copy is in the log already, the second is only acknowledged. What was stored is
 * remembered per client id, bounded, for a while, and after a restart read back from the log's `mqttMessage` headers.
 *
 * An equal message that was lost on its way looks like that, too, so nothing is remembered longer than it must be: a
 * message stored twice is the lesser evil.
 */
import { crc32 } from 'node:zlib';
import { headers } from '../../contract/headers.ts';
import { subjects } from '../../contract/topics.ts';
import type { Batch, Bus } from '../kit/bus/bus.ts';
import type { Clock } from '../kit/clock.ts';

/** Packet id and payload hash in one number: id × 2^32 + hash. */
export type PublicationCode = number;

/** The last publications of one client: packet ids mean something within a session only (MQTT 3.1.1 §2.3.1). */
export interface RecentPublications {
  /** Hash of the session id. */
  readonly client: number;
  /**
   * It is on its way to the log. An earlier one with this packet id is over, or the id would not be free (§2.3.1). When
   * there are too many, the oldest is forgotten; but not for one that is sent again (`isResend`), for those that the client
   * is about to send again are the oldest: then it is not remembered itself.
   */
  begin(code: PublicationCode, isResend: boolean): void;
  /** It has got to the log. */
  stored(code: PublicationCode): void;
  /** It is in the log, since `at` (epoch ms). */
  add(code: PublicationCode, at: number): void;
  /** On its way or in the log. */
  has(code: PublicationCode): boolean;
  isOnItsWay(code: PublicationCode): boolean;
  delete(code: PublicationCode): void;
  /** Forgets what is in the log. */
  forgetStored(): void;
}

export interface Resends {
  /** Clients asked for last are kept longest. */
  of(deviceKey: string, sessionId: string): RecentPublications;
  forget(deviceKey: string): void;
  /** Reads back what the log holds, the newest, as much as can be read in `restoreMs`. */
  restore(bus: Bus): Promise<void>;
}

/** More than a client can have unacknowledged and stored when its connection breaks, for the clients we know. */
const mostPublications = 1000;
/** Kept of each client however many there are, and of all together when they are not too many for that. */
const fewestPublications = 64;
const publicationsTogether = 2 ** 19;
const clientsKept = 100_000;
/** A device that makes up a client id for each connection must not use up what is kept of others. */
const clientsPerDevice = 32;
/**
 * ms that reading back may take, and how much of the log is read for a start and at most. The start of the platform waits
 * for it, and what is sent again after a restart is what was on its way in the last moments before.
 */
const restoreMs = 2000;
const restoredFirst = 1000;
const restoredMost = 100_000;
const hashes = 2 ** 32;
/** A time that is never too long ago. */
const onItsWay = Number.POSITIVE_INFINITY;

/** `windowMs`: how long a publication is remembered. */
export function createResends(clock: Clock, windowMs: number): Resends {
  /** By device key and hash of the session id; the one asked for last stands last. */
  const memories = new Map<string, RecentPublications>();
  /** Keys of `memories` by device key, in the order of their first use. */
  const byDevice = new Map<string, Set<string>>();

  function ofClient(deviceKey: string, client: number): RecentPublications {
    const key = `${deviceKey}/${client}`;
    const known = memories.get(key);
    const memory = known ?? new Memory(client, { clock, windowMs, limit });
    memories.delete(key);
    memories.set(key, memory);
    if (known === undefined) makeRoom(deviceKey, key);
    return memory;
  }

  /** Of publications of one client. */
  function limit(): number {
    const share = Math.floor(publicationsTogether / memories.size);
    return Math.max(fewestPublications, Math.min(share, mostPublications));
  }

  function makeRoom(deviceKey: string, key: string): void {
    const keys = byDevice.get(deviceKey) ?? new Set();
    byDevice.set(deviceKey, keys.add(key));
    const [oldestOfDevice] = keys;
    if (keys.size > clientsPerDevice && oldestOfDevice !== undefined) drop(oldestOfDevice);
    const [oldest] = memories.size > clientsKept ? memories.keys() : [];
    if (oldest !== undefined) drop(oldest);
  }

  function drop(key: string): void {
    memories.delete(key);
    const deviceKey = key.slice(0, key.lastIndexOf('/'));
    const keys = byDevice.get(deviceKey);
    keys?.delete(key);
    if (keys?.size === 0) byDevice.delete(deviceKey);
  }

  /** Resolves to how many messages it saw. */
  async function readBack(bus: Bus, most: number): Promise<number> {
    let read = 0;
    memories.clear();
    byDevice.clear();
    const readBatch = async ({ messages }: Batch) => {
      read += messages.length;
      for (const message of messages) {
        const found = parseCode(message.headers[headers.mqttMessage]);
        if (found) ofClient(message.key, found.client).add(found.code, message.timestamp);
      }
    };
    await bus.replay({ subjects: [subjects.deviceData] }, clock.now() - windowMs, readBatch, most);
    return read;
  }

  return {
    of: (deviceKey, sessionId) => ofClient(deviceKey, crc32(sessionId)),
    forget(deviceKey) {
      for (const key of byDevice.get(deviceKey) ?? []) drop(key);
    },
    /** Ever more of the log, until it costs too much time: how much that is depends on the machine and the readings. */
    async restore(bus) {
      let read = 0;
      for (let most = restoredFirst; most <= restoredMost; most *= 10) {
        const startedAt = clock.now();
        const readBefore = read;
        read = await readBack(bus, most);
        if (read === readBefore || (clock.now() - startedAt) * 10 > restoreMs) break;
      }
    },
  };
}

export function codeOf(packetId: number, payload: Buffer): PublicationCode {
  return packetId * hashes + crc32(payload);
}

/** The `mqttMessage` header: `<packet id>:<hash of the payload>:<hash of the session id>`. */
export function formatCode(code: PublicationCode, client: number): string {
  const packetId = packetIdOf(code);
  return `${packetId}:${(code - packetId * hashes).toString(16)}:${client.toString(16)}`;
}

function parseCode(text: string | undefined): { readonly code: PublicationCode; readonly client: number } | undefined {
  const [, packetId, hash = '', client = ''] = /^(\d{1,5}):([0-9a-f]{1,8}):([0-9a-f]{1,8})$/.exec(text ?? '') ?? [];
  if (packetId === undefined) return undefined;
  return { code: Number(packetId) * hashes + Number.parseInt(hash, 16), client: Number.parseInt(client, 16) };
}

interface MemoryNeeds {
  readonly clock: Clock;
  readonly windowMs: number;
  /** How many publications may be kept at present. */
  readonly limit: () => number;
}

interface Entry {
  code: PublicationCode;
  /** When it was stored, epoch ms; `onItsWay` before that. */
  time: number;
}

class Memory implements RecentPublications {
  readonly client: number;
  readonly #needs: MemoryNeeds;
  /** By packet id, the oldest first. */
  readonly #entries = new Map<number, Entry>();

  constructor(client: number, needs: MemoryNeeds) {
    this.client = client;
    this.#needs = needs;
  }

  begin(code: PublicationCode, isResend: boolean): void {
    this.#put(code, onItsWay, isResend);
  }

  stored(code: PublicationCode): void {
    const entry = this.#entries.get(packetIdOf(code));
    if (entry?.code === code) entry.time = this.#needs.clock.now();
  }

  add(code: PublicationCode, at: number): void {
    this.#put(code, at, false);
  }

  has(code: PublicationCode): boolean {
    const time = this.#timeOf(code);
    return time !== undefined && this.#needs.clock.now() - time < this.#needs.windowMs;
  }

  isOnItsWay(code: PublicationCode): boolean {
    return this.#timeOf(code) === onItsWay;
  }

  delete(code: PublicationCode): void {
    if (this.#timeOf(code) !== undefined) this.#entries.delete(packetIdOf(code));
  }

  forgetStored(): void {
    for (const [packetId, { time }] of this.#entries) if (time !== onItsWay) this.#entries.delete(packetId);
  }

  #put(code: PublicationCode, time: number, isResend: boolean): void {
    const packetId = packetIdOf(code);
    const limit = this.#needs.limit();
    let entry = this.#entries.get(packetId);
    if (entry) this.#entries.delete(packetId);
    else if (isResend && this.#entries.size >= 2 * limit) return;
    else if (!isResend) while (this.#entries.size >= limit) entry = this.#takeOldest();
    // The object of one that is over serves again: there is a publication for every message.
    if (entry) {
      entry.code = code;
      entry.time = time;
    }
    this.#entries.set(packetId, entry ?? { code, time });
  }

  #takeOldest(): Entry | undefined {
    for (const [packetId, entry] of this.#entries) {
      this.#entries.delete(packetId);
      return entry;
    }
    return undefined;
  }

  #timeOf(code: PublicationCode): number | undefined {
    const entry = this.#entries.get(packetIdOf(code));
    return entry?.code === code ? entry.time : undefined;
  }
}

function packetIdOf(code: PublicationCode): number {
  return Math.floor(code / hashes);
}
