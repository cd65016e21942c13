/**
 * What aedes asks of its persistence, answered from our sessions. It keeps nothing itself: readings are on the bus before
 * aedes hears of them, config messages are the outbox's, nothing is retained, and a will is tried when its connection ends.
 */
import { Readable } from 'node:stream';
import { asSubscriptions, type Filter } from './config-filters.ts';
import type { Sessions } from './sessions.ts';

/** All that is asked for of a client. */
interface Named {
  readonly id: string;
}

interface Closable extends Named {
  readonly closed: boolean;
}

interface Numbered {
  readonly cmd?: string;
  readonly messageId?: number;
}

export interface AedesPersistence {
  setup(): Promise<void>;
  addSubscriptions(client: Named, subscriptions: readonly Filter[]): Promise<void>;
  removeSubscriptions(client: Named, topics: readonly string[]): Promise<void>;
  subscriptionsByClient(client: Named): Promise<Filter[]>;
  cleanSubscriptions(): Promise<void>;
  createRetainedStreamCombi(): Readable;
  outgoingStream(): Readable;
  outgoingUpdate(): Promise<void>;
  outgoingClearMessageId(client: Named, packet: Numbered): Promise<void>;
  incomingGetPacket(client: Named, packet: Numbered): Promise<Numbered>;
  incomingDelPacket(client: Named, packet: Numbered): Promise<void>;
  cleanIncoming(client: Closable): Promise<void>;
  putWill(): Promise<void>;
  delWill(): Promise<void>;
  streamWill(): Iterable<never>;
}

export interface PersistenceEvents {
  /** A QoS 2 exchange ends: PUBREL has come, PUBCOMP goes. */
  readonly released: (sessionId: string, packetId: number) => void;
  /** The connection ends for it. */
  readonly subscribeFailed: () => void;
  readonly unsubscribeFailed: () => void;
}

export function aedesPersistence(sessions: Sessions, events: PersistenceEvents): AedesPersistence {
  return {
    // aedes looks whether this is an `async` function.
    setup: async () => undefined,

    /** aedes hands over all filters of the SUBSCRIBE, also the refused ones. */
    addSubscriptions: ({ id }, subscriptions) => orTell(events.subscribeFailed, sessions.keep(id, subscriptions)),
    removeSubscriptions: ({ id }, topics) => orTell(events.unsubscribeFailed, sessions.unkeep(id, topics)),
    async subscriptionsByClient({ id }) {
      const session = sessions.get(id);
      return session?.persistent ? asSubscriptions(session.filters, session.identity) : [];
    },
    /** Too early to end the old session: its client, if it has one, is not taken over from yet. See `cleanIncoming`. */
    cleanSubscriptions: async () => undefined,

    createRetainedStreamCombi: () => Readable.from([]),
    outgoingStream: () => Readable.from([]),
    outgoingUpdate: async () => undefined,
    /** Asked for PUBACK and PUBCOMP; the latter is never due, for nothing leaves with QoS 2. */
    async outgoingClearMessageId({ id }, { cmd, messageId }) {
      if (cmd === 'puback' && messageId !== undefined) sessions.acknowledged(id, messageId);
    },

    /** Whether a QoS 2 message is new was decided in publish.ts; here it only has to get its PUBREC. */
    incomingGetPacket: async (_client, packet) => packet,
    async incomingDelPacket({ id }, { messageId }) {
      if (messageId !== undefined) events.released(id, messageId);
    },
    /** Of a clean session: between its takeover and its CONNACK, and again when it has ended. */
    async cleanIncoming({ id, closed }) {
      if (!closed) await sessions.discard(id);
    },

    putWill: async () => undefined,
    delWill: async () => undefined,
    streamWill: () => [],
  };
}

async function orTell(failed: () => void, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    failed();
    throw error;
  }
}
