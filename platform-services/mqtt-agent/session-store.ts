/**
 * Persistent sessions on disk: which device and client id subscribed, and the config messages not yet acknowledged. The
 * payloads of these are kept apart, so that a start need not read them.
 */
import type { QoS } from 'mqtt-packet';
import { isPlatformError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Collection, Document, Store } from '../kit/store/store.ts';
import type { ConfigFilters } from './config-filters.ts';
import type { ConfigMessage, Payloads } from './outbox.ts';

/** Names a session within its tenant: `<device id>/<client id>`. */
export type SessionName = string;

export interface StoredSession {
  readonly tenant: string;
  readonly name: SessionName;
  readonly filters: ConfigFilters;
  /** In the order of the bus. */
  readonly messages: readonly ConfigMessage[];
}

export interface QueuedMessage extends Omit<ConfigMessage, 'qos'> {
  readonly session: SessionName;
  readonly payload: string;
  /** Sorts the messages of a session. */
  readonly offset: number;
}

export interface SessionStore {
  /** Without the payloads. */
  load(): Promise<StoredSession[]>;
  readPayloads(tenant: string, session: SessionName, messageIds: readonly string[]): Promise<Payloads>;
  keep(tenant: string, name: SessionName, filters: ConfigFilters): Promise<void>;
  /** With its messages. */
  forget(tenant: string, name: SessionName): Promise<void>;
  /** Durable when it resolves. */
  queue(tenant: string, messages: readonly QueuedMessage[]): Promise<void>;
  /** Forgets a message soon: when a crash comes first, the device gets it twice, which QoS 1 allows. */
  finish(tenant: string, session: SessionName, messageId: string): void;
  /** Resolves when everything finished so far is forgotten. */
  settled(): Promise<void>;
}

interface SessionDocument {
  readonly id: SessionName;
  /** Of the filter for the config topic, and of that for all below it. */
  readonly qos?: QoS | undefined;
  readonly belowQos?: QoS | undefined;
}

interface MessageDocument {
  readonly id: string;
  readonly session: SessionName;
  readonly messageId: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Has the id of its message. */
interface PayloadDocument extends Pick<MessageDocument, 'id' | 'session' | 'messageId'> {
  readonly payload: string;
}

/** Ids in one removal, well below what a database takes in one statement. */
const removalSize = 500;

export async function openSessionStore(store: Store, log: Log): Promise<SessionStore> {
  const sessions = await store.collection<SessionDocument>('mqtt-sessions');
  const messages = await store.collection<MessageDocument>('mqtt-config-messages', {
    indexes: [{ fields: ['session'] }],
  });
  const payloads = await store.collection<PayloadDocument>('mqtt-config-payloads', {
    indexes: [{ fields: ['session'] }],
  });
  /** Document ids to remove, by tenant. */
  let finished = new Map<string, string[]>();
  let removal = Promise.resolve();

  async function removeFinished(): Promise<void> {
    const batches = finished;
    finished = new Map();
    try {
      for (const [tenant, ids] of batches) {
        while (ids.length > 0) {
          const some = { id: { $in: ids.slice(0, removalSize) } };
          // First the payloads: a message without one is known to be finished, a payload without message would stay.
          await payloads.removeMany(tenant, some);
          await messages.removeMany(tenant, some);
          ids.splice(0, removalSize);
        }
      }
    } catch (error) {
      for (const [tenant, ids] of batches) finished.set(tenant, [...ids, ...(finished.get(tenant) ?? [])]);
      log.warn('Delivered config messages could not be forgotten yet.', { error });
    }
  }

  return {
    async load() {
      const queued = new Map<string, MessageDocument[]>();
      for (const { tenant, document } of await messages.findEverywhere({}, { sort: [{ field: 'offset' }] })) {
        const owner = `${tenant}:${document.session}`;
        queued.set(owner, [...(queued.get(owner) ?? []), document]);
      }
      return (await sessions.findEverywhere()).map(({ tenant, document }) => ({
        tenant,
        name: document.id,
        filters: { exact: document.qos, below: document.belowQos },
        messages: (queued.get(`${tenant}:${document.id}`) ?? []).map(({ messageId, bytes }) => ({
          id: messageId,
          payload: undefined,
          bytes,
          qos: 1,
        })),
      }));
    },
    async readPayloads(tenant, session, messageIds) {
      const ids = messageIds.map((messageId) => documentId(session, messageId));
      const found = await payloads.find(tenant, { id: { $in: ids } });
      return new Map(found.map(({ document }) => [document.messageId, document.payload]));
    },
    async keep(tenant, name, { exact, below }) {
      await sessions.put(tenant, { id: name, qos: exact, belowQos: below });
    },
    async forget(tenant, name) {
      // First the messages: left behind by a crash, they would go to the next session of this name.
      await payloads.removeMany(tenant, { session: name });
      await messages.removeMany(tenant, { session: name });
      await sessions.remove(tenant, name);
    },
    async queue(tenant, queued) {
      const named = queued.map(({ id, session, ...message }) => ({
        ...message,
        id: documentId(session, id),
        session,
        messageId: id,
      }));
      await insertOrPut(
        payloads,
        tenant,
        named.map(({ id, session, messageId, payload }) => ({ id, session, messageId, payload })),
      );
      await insertOrPut(
        messages,
        tenant,
        named.map(({ id, session, messageId, offset, bytes }) => ({ id, session, messageId, offset, bytes })),
      );
    },
    finish(tenant, session, messageId) {
      const ids = finished.get(tenant);
      if (ids) ids.push(documentId(session, messageId));
      else finished.set(tenant, [documentId(session, messageId)]);
      removal = removal.then(removeFinished);
    },
    settled: () => removal.then(removeFinished),
  };
}

/** The bus hands over again what it did not see us finish, and some of it may be here, delivered but not forgotten. */
async function insertOrPut<T extends Document>(
  collection: Collection<T>,
  tenant: string,
  documents: readonly T[],
): Promise<void> {
  try {
    await collection.insert(tenant, ...documents);
  } catch (error) {
    if (!isPlatformError(error, 'DUPLICATE')) throw error;
    for (const document of documents) await collection.put(tenant, document);
  }
}

function documentId(session: SessionName, messageId: string): string {
  return `${session}/${messageId}`;
}
