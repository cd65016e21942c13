/**
 * PUBLISH: a reading becomes durable, then the device has its PUBACK or PUBREC (contract iot-agents §1.2, §1.5).
 *
 * aedes acknowledges when `authorizePublish` calls back, so everything happens there. What is no JSON object is
 * acknowledged and dropped, as in dojot: MQTT 3.1.1 has no way to say no to one message, and a device cut off for it
 * would only send it again, for ever.
 */
import type { Client, PublishPacket } from 'aedes';
import { headers } from '../../contract/headers.ts';
import type { Clock } from '../kit/clock.ts';
import { pubackSender } from './acknowledge.ts';
import type { BusWriter, Written } from './bus-writer.ts';
import type { Connection, Connections } from './connection.ts';
import { isAtOrBelow } from './identity.ts';
import { Publication } from './publication.ts';
import { parseReading, toBusValue } from './reading.ts';
import { Refusal } from './refusal.ts';
import { formatCode } from './resends.ts';
import { sizeOf } from './windows.ts';

export interface PublishNeeds {
  readonly connections: Connections;
  readonly writer: BusWriter;
  readonly clock: Clock;
  readonly maxPayloadBytes: number;
  readonly events: PublishEvents;
}

export interface PublishEvents {
  /** The client is acknowledged next. */
  readonly accepted: (qos: number) => void;
  readonly repeated: () => void;
  readonly badTimestamp: (connection: Connection) => void;
  readonly refused: (refusal: Refusal, connection: Connection) => void;
}

export type AuthorizePublish = (
  client: Client | null,
  packet: PublishPacket,
  done: (error?: Error | null) => void,
) => void;

/** Calls back with a `Refusal` to end the connection, else when the client may be acknowledged. */
export function publishHandler(needs: PublishNeeds): AuthorizePublish {
  const { connections, events } = needs;
  const sendPuback = pubackSender();
  return (client, packet, done) => {
    const connection = client === null ? undefined : connections.get(client);
    if (connection === undefined) {
      done(new Refusal('user-name'));
      return;
    }
    const size = sizeOf(packet.payload);
    for (const window of connection.windows) window.begin(size);
    const finish: Written = (error) => {
      for (const window of connection.windows) window.end(size);
      if (error === undefined) {
        const { qos, messageId } = packet;
        if (messageId !== undefined) events.accepted(qos); // A will has no packet id, and nobody to tell.
        // For aedes, what has had its PUBACK is like QoS 0: nothing is left to send.
        if (qos === 1 && messageId !== undefined && sendPuback(connection, messageId)) packet.qos = 0;
        done();
        return;
      }
      const refusal = error instanceof Refusal ? error : new Refusal('not-stored', 3, error);
      events.refused(refusal, connection);
      done(refusal);
    };
    if (packet.topic === connection.identity.attrsTopic) accept(needs, connection, packet, finish);
    else if (isAtOrBelow(packet.topic, connection.identity.attrsTopic)) drop(needs, connection, 'deeper-topic', finish);
    else if (isDroppedSilently(connection, packet)) {
      drop(needs, connection, 'topic', finish);
    } else finish(new Refusal('topic'));
  };
}

/** A foreign topic ends a 3.1.1 connection; a 3.1 client is told nothing, except that below `$` nothing is acknowledged. */
function isDroppedSilently({ client }: Connection, { topic }: PublishPacket): boolean {
  return client.version === 3 && !topic.startsWith('$');
}

/** One of each: a device may bring thousands at once, and an error is dear to make. */
const drops = {
  topic: new Refusal('topic'),
  'deeper-topic': new Refusal('deeper-topic'),
  'payload-form': new Refusal('payload-form'),
};

/** Acknowledged in its turn all the same (MQTT 3.1.1 §4.6). */
function drop(
  { writer, events }: PublishNeeds,
  connection: Connection,
  reason: keyof typeof drops,
  finish: Written,
): void {
  events.refused(drops[reason], connection);
  writer.after(connection.identity.busTopic, finish);
}

function accept(needs: PublishNeeds, connection: Connection, packet: PublishPacket, finish: Written): void {
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  const { qos, dup, messageId } = packet;
  if (payload.length > needs.maxPayloadBytes) finish(new Refusal('payload-size'));
  else if (qos === 0 || messageId === undefined) store(needs, connection, payload, undefined, finish);
  else {
    const publication = new Publication(connection, { qos, dup, messageId }, payload);
    if (publication.isKnown()) storeUnlessThere(needs, connection, payload, publication, finish);
    else storeOnce(needs, connection, payload, publication, finish);
  }
}

/** An earlier copy may still be on its way to the log, and may fail there, and so may the one that is written then. */
function storeUnlessThere(
  needs: PublishNeeds,
  connection: Connection,
  payload: Buffer,
  publication: Publication,
  finish: Written,
): void {
  needs.writer.after(connection.identity.busTopic, () => {
    if (!publication.isKnown()) {
      storeOnce(needs, connection, payload, publication, finish);
    } else if (publication.isOnItsWay()) {
      storeUnlessThere(needs, connection, payload, publication, finish);
    } else {
      publication.repeated();
      needs.events.repeated();
      finish();
    }
  });
}

function storeOnce(
  needs: PublishNeeds,
  connection: Connection,
  payload: Buffer,
  publication: Publication,
  finish: Written,
): void {
  if (!publication.hasRoom()) {
    finish(new Refusal('in-flight'));
    return;
  }
  publication.begin();
  store(needs, connection, payload, publication, (error) => {
    if (error === undefined) publication.stored();
    else publication.forget();
    finish(error);
  });
}

function store(
  needs: PublishNeeds,
  connection: Connection,
  payload: Buffer,
  publication: Publication | undefined,
  finish: Written,
): void {
  const { writer, clock, events } = needs;
  const reading = parseReading(payload, clock.now());
  if (reading === undefined) {
    drop(needs, connection, 'payload-form', finish);
    return;
  }
  if (reading.badTimestamp) events.badTimestamp(connection);
  const { key, busTopic } = connection.identity;
  const value = toBusValue(connection.envelope, reading);
  const message = publication
    ? { key, value, headers: { [headers.mqttMessage]: formatCode(publication.code, connection.recent.client) } }
    : { key, value };
  writer.write(busTopic, message, finish);
}
