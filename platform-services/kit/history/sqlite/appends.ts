/**
 * The appends of one turn of the event loop travel to the worker as one pack: there is one for every partition, often of a
 * single point, and a pack of its own would cost more than the point.
 */
import { parseTopic } from '../../../../contract/topics.ts';
import type { Position } from '../../bus/bus.ts';
import type { Entry } from '../history-store.ts';
import { crowd } from './crowd.ts';
import { gate } from './gate.ts';
import type { PackedEntries } from './operations.ts';
import { packer, packSize } from './pack.ts';

/** Resolves when the worker has taken the pack. */
export type SendPack = (pack: PackedEntries, positions: readonly Position[]) => Promise<void>;

export interface Appends {
  /** Resolves when the worker has taken the points. */
  add(entries: readonly Entry[], position: Position): Promise<void>;
  /** Resolves when the worker has taken or refused everything sent so far. */
  settled(): Promise<void>;
  /** The worker says that its head is full, or that it has an empty one. */
  setFull(full: boolean): void;
}

/** Bytes on their way to the worker; more of them wait. */
const maxOutstanding = 8 * 1024 * 1024;

interface Gathering {
  readonly entries: Entry[];
  readonly positions: Position[];
  readonly taken: Promise<void>;
}

export function appends(sendPack: SendPack): Appends {
  const { pack, forget } = packer();
  const outstanding = gate(maxOutstanding);
  const crowded = crowd();
  const underWay = new Set<Promise<void>>();
  let gathering: Gathering | undefined;

  function gather(): Gathering {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fresh: Gathering = { entries: [], positions: [], taken: promise };
    underWay.add(promise);
    setImmediate(() => {
      gathering = undefined;
      resolve(send(fresh).finally(() => underWay.delete(promise)));
    });
    return fresh;
  }

  async function send({ entries, positions }: Gathering): Promise<void> {
    const packed = pack(entries);
    const size = packSize(packed);
    await outstanding.enter(size);
    try {
      await sendPack(packed, positions);
    } catch (error) {
      forget();
      throw error;
    } finally {
      outstanding.leave(size);
    }
  }

  function addNow(entries: readonly Entry[], position: Position): Promise<void> {
    gathering ??= gather();
    for (const entry of entries) gathering.entries.push(entry);
    gathering.positions.push(position);
    return gathering.taken;
  }

  return {
    add(entries, position) {
      const tenant = parseTopic(position.topic)?.tenant ?? position.topic;
      const waiting = crowded.enter(tenant, () => JSON.stringify(entries).length);
      return waiting ? waiting.then(() => addNow(entries, position)) : addNow(entries, position);
    },
    settled: async () => void (await Promise.allSettled(underWay)),
    setFull: crowded.setFull,
  };
}
