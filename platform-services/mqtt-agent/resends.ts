/**
 * Recognises what a device sends again. MQTT re-delivers an unacknowledged PUBLISH after a reconnect, with DUP set
 * (MQTT 3.1.1 §4.4); when the first copy is in the log already, the second is only acknowledged. What was stored is
 * remembered per device, bounded, for a while, and after a restart read back from the log's `mqttMessage` headers.
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

/** The last publications of one device. */
export interface RecentPublications {
  /** It is on its way to the log. An earlier one with this packet id is over, or the id would not be free (§2.3.1). */
  begin(code: PublicationCode): void;
  /** It is in the log, since `at` (epoch ms), default now. */
  add(code: PublicationCode, at?: number): void;
  /** On its way or in the log. */
  has(code: PublicationCode): boolean;
  isOnItsWay(code: PublicationCode): boolean;
  delete(code: PublicationCode): void;
}

export interface Resends {
  /** Devices asked for last are kept longest. */
  of(deviceKey: string): RecentPublications;
  forget(deviceKey: string): void;
  /** Reads back what the log holds, the newest, as much as can be read in `restoreMs`. */
  restore(bus: Bus): Promise<void>;
}

/** More than a device can have unacknowledged and stored when a connection breaks, for the clients we know. */
const publicationsKept = 64;
const devicesKept = 100_000;
/**
 * ms that reading back may take, and how much of the log is read for a start and at most. The start of the platform waits
 * for it, and what is sent again after a restart is what was on its way in the last moments before.
 */
const restoreMs = 2000;
const restoredFirst = 1000;
const restoredMost = 100_000;
const hashes = 2 ** 32;
/** No code. */
const none = -1;
/** A time that is never too long ago. */
const onItsWay = Number.POSITIVE_INFINITY;

/** `windowMs`: how long a publication is remembered. */
export function createResends(clock: Clock, windowMs: number): Resends {
  /** By device key; the one used last stands last. */
  let devices = new Map<string, RecentPublications>();

  function of(deviceKey: string): RecentPublications {
    const recent = devices.get(deviceKey) ?? new Memory(clock, windowMs);
    devices.delete(deviceKey);
    devices.set(deviceKey, recent);
    if (devices.size > devicesKept) {
      for (const oldest of devices.keys()) {
        devices.delete(oldest);
        break;
      }
    }
    return recent;
  }

  /** Resolves to how many messages it saw. */
  async function readBack(bus: Bus, most: number): Promise<number> {
    let read = 0;
    devices = new Map();
    const readBatch = async ({ messages }: Batch) => {
      read += messages.length;
      for (const message of messages) {
        const code = parseCode(message.headers[headers.mqttMessage]);
        if (code !== undefined) of(message.key).add(code, message.timestamp);
      }
    };
    await bus.replay({ subjects: [subjects.deviceData] }, clock.now() - windowMs, readBatch, most);
    return read;
  }

  return {
    of,
    forget: (deviceKey) => devices.delete(deviceKey),
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

/** Sessions of one device number their packets independently, so the client id is part of the hash. */
export function clientSeed(clientId: string): number {
  return crc32(clientId);
}

export function codeOf(packetId: number, payload: Buffer, seed: number): PublicationCode {
  return packetId * hashes + crc32(payload, seed);
}

/** The `mqttMessage` header: `<packet id>:<hash>`. */
export function formatCode(code: PublicationCode): string {
  const packetId = packetIdOf(code);
  return `${packetId}:${(code - packetId * hashes).toString(16)}`;
}

function parseCode(text: string | undefined): PublicationCode | undefined {
  const match = /^(\d{1,5}):([0-9a-f]{1,8})$/.exec(text ?? '');
  return match ? Number(match[1]) * hashes + Number.parseInt(match[2] ?? '', 16) : undefined;
}

/** Lists of numbers: there is one of these for every device. They are filled round and round, the newest before `next`. */
class Memory implements RecentPublications {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** `none` where nothing is any more. */
  readonly #codes: PublicationCode[] = [];
  /** When each was stored, epoch ms; `onItsWay` before that. */
  readonly #times: number[] = [];
  #next = 0;
  /** No packet id is higher. Most clients count theirs up, so that a new one need not be looked for. */
  #highest = 0;

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  begin(code: PublicationCode): void {
    this.#put(code, onItsWay);
  }

  add(code: PublicationCode, at = this.#clock.now()): void {
    this.#put(code, at);
  }

  has(code: PublicationCode): boolean {
    const time = this.#timeOf(code);
    return time !== undefined && this.#clock.now() - time < this.#windowMs;
  }

  isOnItsWay(code: PublicationCode): boolean {
    return this.#timeOf(code) === onItsWay;
  }

  delete(code: PublicationCode): void {
    const place = this.#codes.indexOf(code);
    if (place >= 0) this.#codes[place] = none;
  }

  #put(code: PublicationCode, time: number): void {
    const packetId = packetIdOf(code);
    const place = packetId > this.#highest ? -1 : this.#placeOf(packetId);
    if (this.#codes[place] === code) {
      this.#times[place] = time;
      return;
    }
    if (place >= 0) this.#codes[place] = none;
    this.#codes[this.#next] = code;
    this.#times[this.#next] = time;
    this.#next = (this.#next + 1) % publicationsKept;
    this.#highest = Math.max(this.#highest, packetId);
  }

  #timeOf(code: PublicationCode): number | undefined {
    return this.#times[this.#codes.indexOf(code)];
  }

  /** Of the publication with this packet id, -1 when there is none. From the newest on, which is the one asked for mostly. */
  #placeOf(packetId: number): number {
    const codes = this.#codes;
    let highest = 0;
    for (let step = 0; step < codes.length; step += 1) {
      const place = (this.#next - 1 - step + publicationsKept) % publicationsKept;
      const found = packetIdOf(codes[place] ?? none);
      if (found === packetId) return place;
      if (found > highest) highest = found;
    }
    this.#highest = highest;
    return -1;
  }
}

function packetIdOf(code: PublicationCode): number {
  return Math.floor(code / hashes);
}
