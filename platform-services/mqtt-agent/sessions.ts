/**
 * All sessions: what is subscribed, what waits for whom. A persistent session is written to the store before the device
 * learns that it is subscribed, and a config message for it before the bus may forget that message.
 */
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type BudgetLimits, createBudgets } from './budgets.ts';
import { areSameFilters, type Filter, noFilters, qosOf, withFilters, withoutTopics } from './config-filters.ts';
import type { Connection } from './connection.ts';
import { type DeviceIdentity, identityOf } from './identity.ts';
import type { MqttAgentSettings } from './options.ts';
import { type ConfigMessage, createOutbox } from './outbox.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import { createTurns } from './turns.ts';

/** A config message on its way to every session of a device. */
export interface Delivery extends Pick<ConfigMessage, 'id' | 'bytes'> {
  readonly payload: string;
  readonly deviceKey: string;
  readonly offset: number;
}

export interface Sessions {
  /** Takes up the sessions on disk. */
  restore(): Promise<void>;
  get(id: string): Session | undefined;
  /** The client's CONNECT is through: gives it its session, old or new, and sends what waits there. */
  connected(connection: Connection): void;
  disconnected(connection: Connection): void;
  /** Subscribes a session that is to last, durably. */
  keep(id: string, added: readonly Filter[]): Promise<void>;
  /** The opposite. */
  unkeep(id: string, topics: readonly string[]): Promise<void>;
  /** A session that ends with its connection has these filters too, or these no more. */
  subscribed(connection: Connection, added: readonly Filter[]): void;
  unsubscribed(connection: Connection, topics: readonly string[]): void;
  /** A clean session begins: whatever was there under its id ends. */
  discard(id: string): Promise<void>;
  /** Resolves when each message is durable where it has to be; sending goes on in the background. */
  deliver(tenant: string, deliveries: readonly Delivery[]): Promise<void>;
  acknowledged(id: string, packetId: number): void;
  removeDevice(deviceKey: string): Promise<void>;
  count(): number;
  /** Of sessions that are subscribed. */
  subscribedCount(): number;
}

export interface SessionsNeeds {
  readonly store: SessionStore;
  readonly limits: Pick<
    MqttAgentSettings,
    'maxInflight' | 'maxOnlineMessages' | 'maxOfflineMessages' | 'maxSessionsPerDevice' | 'retryMs'
  > &
    BudgetLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: SessionEvents;
}

export interface SessionEvents {
  readonly begun: () => void;
  readonly ended: () => void;
  /** A config message begins to wait. */
  readonly queued: () => void;
  readonly sent: () => void;
  /** It gave way to newer ones. */
  readonly dropped: () => void;
  /** So many were left when their connection or session ended. */
  readonly givenUp: (count: number) => void;
  /** PUBACK for what was not sent. */
  readonly strayAcknowledgement: () => void;
  /** A persistent session gave way to a newer one of its device. */
  readonly expired: () => void;
}

export function createSessions({ store, limits, clock, log, events }: SessionsNeeds): Sessions {
  /** By session id. */
  const sessions = new Map<string, Session>();
  /** By device key, the session connected last stands last. */
  const byDevice = new Map<string, Set<Session>>();
  /** By session id: on disk, as in memory, a subscription and its end follow each other. */
  const inTurn = createTurns();
  const budgets = createBudgets(limits);

  function create(id: string, identity: DeviceIdentity, persistent: boolean): Session {
    const session: Session = {
      id,
      identity,
      persistent,
      filters: noFilters,
      unreleased: new Map(),
      outbox: createOutbox({
        identity,
        budgets,
        readPayloads: persistent ? (ids) => store.readPayloads(identity.tenant, nameOf(session), ids) : undefined,
        window: limits.maxInflight,
        maxOnline: limits.maxOnlineMessages,
        maxOffline: limits.maxOfflineMessages,
        retryMs: limits.retryMs,
        clock,
        onSent: events.sent,
        onDropped: (message) => {
          events.dropped();
          finish(session, message);
        },
        onGivenUp: events.givenUp,
        onUnreadable: (error) =>
          log.warn('Config messages could not be read; their device is disconnected.', {
            error,
            username: identity.key,
          }),
      }),
    };
    sessions.set(id, session);
    events.begun();
    return session;
  }

  /** It is on disk when it was queued for a session that lasts. */
  function finish(session: Session, message: ConfigMessage): void {
    if (isDurable(session, message)) store.finish(session.identity.tenant, nameOf(session), message.id);
  }

  function touch(session: Session): void {
    const ofDevice = byDevice.get(session.identity.key) ?? new Set();
    byDevice.set(session.identity.key, ofDevice);
    ofDevice.delete(session);
    ofDevice.add(session);
  }

  function drop(session: Session): void {
    session.outbox.detach();
    session.outbox.clear();
    if (isCurrent(session)) {
      sessions.delete(session.id);
      events.ended();
    }
    const ofDevice = byDevice.get(session.identity.key);
    ofDevice?.delete(session);
    if (ofDevice?.size === 0) byDevice.delete(session.identity.key);
  }

  /** Its id has not passed to another session. */
  function isCurrent(session: Session): boolean {
    return sessions.get(session.id) === session;
  }

  async function end(session: Session): Promise<void> {
    drop(session);
    if (session.persistent) await inTurn(session.id, () => store.forget(session.identity.tenant, nameOf(session)));
  }

  /** A device that makes up a client id for each connection must not fill the disk. */
  async function makeRoom(deviceKey: string): Promise<void> {
    const persistent = [...(byDevice.get(deviceKey) ?? [])].filter((session) => session.persistent);
    const away = persistent.filter((session) => !session.outbox.isAttached());
    for (const session of away.slice(0, Math.max(0, persistent.length - limits.maxSessionsPerDevice))) {
      events.expired();
      await end(session);
    }
  }

  function makeRoomInBackground(deviceKey: string): void {
    makeRoom(deviceKey).catch((error: unknown) => log.warn('An old session could not be removed.', { error }));
  }

  return {
    async restore() {
      for (const { tenant, name, filters, messages } of await store.load()) {
        const identity = identityOf(tenant, name.slice(0, name.indexOf('/')));
        const session = create(`${tenant}:${name}`, identity, true);
        session.filters = filters;
        for (const message of messages) session.outbox.push(message);
        touch(session);
      }
    },

    get: (id) => sessions.get(id),

    connected(connection) {
      const { client, identity } = connection;
      const known = sessions.get(client.id);
      const persistent = !client.clean;
      if (known && known.persistent !== persistent) drop(known);
      const session = sessions.get(client.id) ?? create(client.id, identity, persistent);
      connection.session = session;
      touch(session);
      session.outbox.attach(client.conn);
      if (persistent) makeRoomInBackground(identity.key);
    },

    disconnected({ session, client }) {
      if (session === undefined || !session.outbox.isAttached(client.conn)) return;
      session.outbox.detach();
      if (!session.persistent || (qosOf(session.filters) === undefined && session.unreleased.size === 0)) drop(session);
    },

    async keep(id, added) {
      const session = sessions.get(id);
      if (!session?.persistent) return;
      await inTurn(id, async () => {
        const filters = withFilters(session.filters, session.identity, added);
        if (!isCurrent(session) || qosOf(filters) === undefined) return;
        // aedes asks once for each filter of a SUBSCRIBE, with all of them.
        if (areSameFilters(filters, session.filters)) return;
        await store.keep(session.identity.tenant, nameOf(session), filters);
        // A session that has nothing yet ends with its connection. What is there under its id now comes next in turn.
        if (!isCurrent(session)) return store.forget(session.identity.tenant, nameOf(session));
        session.filters = filters;
      });
    },

    async unkeep(id, topics) {
      const session = sessions.get(id);
      if (!session?.persistent) return;
      await inTurn(id, async () => {
        if (!isCurrent(session)) return;
        const { tenant } = session.identity;
        // Before the disk: what arrives from now on must not be queued behind the removal.
        session.filters = withoutTopics(session.filters, session.identity, topics);
        if (qosOf(session.filters) !== undefined) return store.keep(tenant, nameOf(session), session.filters);
        session.outbox.clear();
        await store.forget(tenant, nameOf(session));
      });
    },

    subscribed({ session }, added) {
      if (session && !session.persistent && isCurrent(session))
        session.filters = withFilters(session.filters, session.identity, added);
    },

    unsubscribed({ session }, topics) {
      if (session === undefined || session.persistent || !isCurrent(session)) return;
      session.filters = withoutTopics(session.filters, session.identity, topics);
      if (qosOf(session.filters) === undefined) session.outbox.clear();
    },

    async discard(id) {
      const session = sessions.get(id);
      if (session) await end(session);
    },

    async deliver(tenant, deliveries) {
      const due = deliveries.flatMap(({ deviceKey, id, payload, bytes, offset }) =>
        [...(byDevice.get(deviceKey) ?? [])].flatMap((session) => {
          const qos = qosNow(session);
          if (qos === undefined || session.outbox.has(id)) return [];
          return [{ session, offset, message: { id, payload, bytes, qos } }];
        }),
      );
      const durable = due.filter(({ session, message }) => isDurable(session, message));
      if (durable.length > 0)
        await store.queue(
          tenant,
          durable.map(({ session, message: { id, payload, bytes }, offset }) => ({
            id,
            payload,
            bytes,
            offset,
            session: nameOf(session),
          })),
        );
      for (const { session, message } of due) {
        // It may have ended, or its subscription, while the message was being stored.
        if (isCurrent(session) && qosNow(session) !== undefined) {
          events.queued();
          session.outbox.push(message);
        } else finish(session, message);
      }
    },

    acknowledged(id, packetId) {
      const session = sessions.get(id);
      const message = session?.outbox.acknowledge(packetId);
      if (session && message) finish(session, message);
      else events.strayAcknowledgement();
    },

    async removeDevice(deviceKey) {
      for (const session of [...(byDevice.get(deviceKey) ?? [])]) await end(session);
    },

    count: () => sessions.size,

    subscribedCount: () => [...sessions.values()].filter(({ filters }) => qosOf(filters) !== undefined).length,
  };
}

/** With which a config message would leave; undefined = it is not to have it. With QoS 0 nothing waits for a device (§1.2). */
function qosNow({ filters, outbox }: Session): ConfigMessage['qos'] | undefined {
  const qos = qosOf(filters);
  if (qos === undefined || (qos === 0 && !outbox.isAttached())) return undefined;
  return qos === 0 ? 0 : 1;
}

/** Whether a message for it must survive the process (MQTT 3.1.1 §4.1). */
function isDurable({ persistent }: Session, { qos }: ConfigMessage): boolean {
  return persistent && qos > 0;
}

/** Its id without the tenant. */
function nameOf({ id, identity }: Session): string {
  return id.slice(identity.tenant.length + 1);
}
