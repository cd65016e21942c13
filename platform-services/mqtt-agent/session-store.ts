/** Persistent sessions on disk: which device and client id subscribed, and the config messages not yet acknowledged. */
import type { QoS } from 'mqtt-packet';
import { isPlatformError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Store } from '../kit/store/store.ts';
import type { ConfigFilters } from './config-filters.ts';
import type { ConfigMessage } from './outbox.ts';

/** Names a session within its tenant: `<device id>/<client id>`. */
export type SessionName = string;

export interface StoredSession {
  readonly tenant: string;
  readonly name: SessionName;
  readonly filters: ConfigFilters;
  /** In the order of the bus. */
  readonly messages: readonly ConfigMessage[];
}

export interface QueuedMessage extends ConfigMessage {
  readonly session: SessionName;
  /** Sorts the messages of a session. */
  readonly offset: number;
}

export interface SessionStore {
  load(): Promise<StoredSession[]>;
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
  readonly payload: string;
}

/** Ids in one removal, well below what a database takes in one statement. */
const removalSize = 500;

export async function openSessionStore(store: Store, log: Log): Promise<SessionStore> {
  const sessions = await store.collection<SessionDocument>('mqtt-sessions');
  const messages = await store.collection<MessageDocument>('mqtt-config-messages', {
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
          await messages.removeMany(tenant, { id: { $in: ids.slice(0, removalSize) } });
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
        messages: (queued.get(`${tenant}:${document.id}`) ?? []).map(({ messageId, payload }) => ({
          id: messageId,
          payload,
          qos: 1,
        })),
      }));
    },
    async keep(tenant, name, { exact, below }) {
      await sessions.put(tenant, { id: name, qos: exact, belowQos: below });
    },
    async forget(tenant, name) {
      // First the messages: left behind by a crash, they would go to the next session of this name.
      await messages.removeMany(tenant, { session: name });
      await sessions.remove(tenant, name);
    },
    async queue(tenant, queued) {
      const documents = queued.map(({ id, session, offset, payload }) => ({
        id: documentId(session, id),
        session,
        messageId: id,
        offset,
        payload,
      }));
      try {
        await messages.insert(tenant, ...documents);
      } catch (error) {
        if (!isPlatformError(error, 'DUPLICATE')) throw error;
        // The bus hands over again what it did not see us finish, and some of it may be here, delivered but not forgotten.
        for (const document of documents) await messages.put(tenant, document);
      }
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

function documentId(session: SessionName, messageId: string): string {
  return `${session}/${messageId}`;
}
