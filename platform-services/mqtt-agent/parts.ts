/** Puts the agent together: aedes with our handlers in it, and the events of aedes that we follow. */
import type { Client } from 'aedes';
import mqttPacket from 'mqtt-packet';
import type { Clock } from '../kit/clock.ts';
import type { DeviceDirectory } from '../kit/directory.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Store } from '../kit/store/store.ts';
import { DeviceBroker } from './broker.ts';
import type { BusWriter } from './bus-writer.ts';
import type { CommandNeeds } from './commands.ts';
import { connectHandlers } from './connect.ts';
import type { Connection, Connections } from './connection.ts';
import { type MqttCounters, mqttCounters } from './counters.ts';
import type { DeviceIdentity } from './identity.ts';
import { createLifetimes, type Lifetimes } from './lifetimes.ts';
import { connectionsWithin, openFilesLimit } from './open-files.ts';
import type { MqttAgentSettings } from './options.ts';
import { violationOf } from './packet-rules.ts';
import { aedesPersistence } from './persistence.ts';
import { releasePublication } from './publication.ts';
import { publishHandler } from './publish.ts';
import { createQuietLog, type QuietLog } from './quiet-log.ts';
import { Refusal } from './refusal.ts';
import type { Resends } from './resends.ts';
import { openSessionStore, type SessionStore } from './session-store.ts';
import { createSessions, type SessionEvents, type Sessions } from './sessions.ts';
import { createListener, type Listener } from './sockets.ts';
import { subscribeHandler } from './subscribe.ts';
import { createWindows } from './windows.ts';

export interface Parts {
  readonly broker: DeviceBroker;
  readonly listener: Listener;
  readonly sessions: Sessions;
  readonly sessionStore: SessionStore;
  readonly lifetimes: Lifetimes;
  readonly commands: Omit<CommandNeeds, 'bus'>;
}

export interface PartsNeeds {
  readonly devices: DeviceDirectory;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly resends: Resends;
  readonly writer: BusWriter;
  readonly options: MqttAgentSettings;
}

/** One for all: a SUBSCRIBE may bring thousands. */
const foreignFilter = new Refusal('filter');
/** Of a PUBLISH besides its payload: topic and packet id. */
const publishOverhead = 1024;

export async function assemble(needs: PartsNeeds): Promise<Parts> {
  const { options, resends, clock, log } = needs;
  const counters = mqttCounters(needs.metrics);
  const quietLog = createQuietLog(log, clock);
  const sessionStore = await openSessionStore(needs.store, log);
  const sessions = createSessions({
    store: sessionStore,
    limits: options,
    clock,
    log,
    events: sessionEvents(counters),
  });
  const connections: Connections = new WeakMap();
  const lifetimes = createLifetimes({
    lifetimeMs: options.sessionLifetimeMs,
    maxPerDevice: options.maxConnectionsPerDevice,
  });
  const maxConnections = connectionsWithin(openFilesLimit(), options.maxConnections);
  const maxPerTenant = Math.ceil(maxConnections * options.tenantShare);
  const refused = (refusal: Refusal, who: string | undefined) => {
    counters.refused(refusal.reason);
    quietLog.warn(refusal.reason, textOf(refusal), { username: who });
  };

  const broker = new DeviceBroker(
    {
      connectTimeout: options.connectTimeoutMs,
      maxClientsIdLength: Number.MAX_SAFE_INTEGER, // connect.ts judges it, in bytes.
      persistence: aedesPersistence(sessions, {
        released(sessionId, packetId) {
          counters.pubcomp.add();
          const session = sessions.get(sessionId);
          if (session) releasePublication(session, packetId, resends.of(session.identity.key, session.id));
        },
        subscribeFailed: () => counters.subscribeError.add(),
        unsubscribeFailed: () => counters.unsubscribeError.add(),
      }),
      ...connectHandlers({
        devices: needs.devices,
        resends,
        windows: createWindows(options),
        connections,
        hasRoom: (tenant) => lifetimes.countOf(tenant) < maxPerTenant,
        // Before the device is looked up: one that is removed in the meantime must not stay.
        onClaim: (client, identity) => {
          lifetimes.begin(client, identity);
          client.conn.once('close', () => lifetimes.end(client));
        },
        onRefused: refused,
      }),
      authorizePublish: publishHandler({
        connections,
        writer: needs.writer,
        clock,
        maxPayloadBytes: options.maxPayloadBytes,
        events: publishEvents(counters, quietLog, refused),
      }),
      authorizeSubscribe: subscribeHandler(connections, (client) =>
        refused(foreignFilter, connections.get(client)?.identity.key),
      ),
    },
    {
      onPacket(client, packet) {
        const connection = connections.get(client);
        // A client that ends in order has read its acknowledgements, and will not send again what they were for.
        if (packet.cmd === 'disconnect') connection?.recent.forgetStored();
        const violation = violationOf(packet);
        if (violation) refused(violation, connection?.identity.key);
        return violation === undefined;
      },
      onUnknownVersion(client) {
        const refusal = new Refusal('protocol-version', 1);
        client.conn.write(
          mqttPacket.generate({ cmd: 'connack', returnCode: refusal.returnCode, sessionPresent: false }),
        );
        counters.connack(refusal.returnCode);
        refused(refusal, undefined);
      },
    },
  );
  const makeRoom = ({ key }: DeviceIdentity) => {
    if (lifetimes.trim(key) > 0) refused(new Refusal('device-connections'), key);
  };
  followClients({ broker, connections, sessions, counters, log, onConnected: makeRoom });

  needs.metrics.gauge('queue_processes', 'MQTT sessions, connected or persistent', sessions.count);
  needs.metrics.gauge('router_subscriptions', 'MQTT sessions that are subscribed', sessions.subscribedCount);
  const listener = createListener({
    broker,
    maxPacketBytes: options.maxPayloadBytes + publishOverhead,
    maxConnections,
    mustWait: (client, wake) => mustWait(connections.get(client), wake),
    counters,
    onTooLong: () => refused(new Refusal('payload-size'), undefined),
    onAcceptError: (error) => quietLog.warn('accept', 'A connection could not be accepted.', { error }),
    onFull() {
      counters.socketRefused.add();
      quietLog.warn('full', 'No more connections are accepted: there are as many as allowed.', { maxConnections });
    },
  });
  const closeDevice = (deviceKey: string) => {
    for (const client of lifetimes.of(deviceKey)) {
      connections.delete(client); // So that nothing more is accepted from it, not even its will.
      client.close();
    }
    resends.forget(deviceKey);
  };
  const commands = {
    sessions,
    log: quietLog,
    maxBytes: options.maxPayloadBytes,
    onTooLong: () => counters.commandTooLong.add(),
    closeDevice,
  };
  return { broker, listener, sessions, sessionStore, lifetimes, commands };
}

/** Woken when the first full window of the connection has room; the next one may be full then. */
function mustWait(connection: Connection | undefined, wake: () => void): boolean {
  const full = connection?.windows.find((window) => window.isFull());
  full?.wait(wake);
  return full !== undefined;
}

function sessionEvents(counters: MqttCounters): SessionEvents {
  return {
    begun: () => counters.queueSetup.add(),
    ended: () => counters.queueTeardown.add(),
    queued: () => counters.messageQueued.add(),
    sent() {
      counters.publishSent.add();
      counters.messageSent.add();
    },
    dropped: () => counters.messageDropped.add(),
    givenUp: (count) => counters.messageUnhandled.add(count),
    strayAcknowledgement: () => counters.strayPuback.add(),
    expired: () => counters.sessionExpired.add(),
  };
}

function publishEvents(
  counters: MqttCounters,
  log: QuietLog,
  refused: (refusal: Refusal, who: string | undefined) => void,
) {
  return {
    accepted: (qos: number) => {
      if (qos === 1) counters.puback.add();
      else if (qos === 2) counters.pubrec.add();
    },
    repeated: () => counters.repeated.add(),
    badTimestamp: ({ identity }: Connection) => {
      counters.badTimestamp.add();
      log.warn('timestamp', 'A timestamp is no time; the time of arrival is used.', { username: identity.key });
    },
    refused: (refusal: Refusal, { identity }: Connection) => refused(refusal, identity.key),
  };
}

interface Followed extends Pick<Parts, 'broker' | 'sessions'> {
  readonly connections: Connections;
  readonly counters: MqttCounters;
  readonly log: Log;
  /** The device has its CONNACK. */
  readonly onConnected: (identity: DeviceIdentity) => void;
}

/** Keeps sessions in step with the clients of the broker. */
function followClients({ broker, connections, sessions, counters, log, onConnected }: Followed): void {
  // Not at `clientReady`: a device may subscribe as soon as it has read the CONNACK, which is before that.
  broker.on('connackSent', ({ returnCode }, client) => {
    counters.connack(returnCode ?? 0);
    const connection = connections.get(client);
    if (returnCode !== 0 || connection === undefined || client.closed) return;
    sessions.connected(connection);
    // Not at `clientDisconnect`, which has passed when a connection breaks while its CONNACK is being written.
    client.conn.once('close', () => sessions.disconnected(connection));
    onConnected(connection.identity);
  });
  broker.on('subscribe', (subscriptions, client) => {
    counters.suback.add();
    const connection = connections.get(client);
    if (connection) sessions.subscribed(connection, subscriptions);
  });
  broker.on('unsubscribe', (topics, client) => {
    if (!client.closed) counters.unsuback.add(); // aedes also ends what a clean session was subscribed to.
    const connection = connections.get(client);
    if (connection === undefined) return;
    for (const topic of topics) connection.filters.delete(topic);
    sessions.unsubscribed(connection, topics);
  });
  broker.on('ping', () => counters.pingresp.add());
  const ended = (client: Client, error: Error) =>
    log.debug('A connection was ended.', { reason: error.message, username: connections.get(client)?.identity.key });
  broker.on('clientError', ended);
  broker.on('connectionError', ended);
}

function textOf(refusal: Refusal): string {
  return refusal.cause instanceof Error ? refusal.cause.message : `Refused: ${refusal.message}.`;
}
