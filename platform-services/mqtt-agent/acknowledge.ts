import type { Connection } from './connection.ts';

/** What PUBACKs are sent over, and those that wait for the end of the turn. */
type Acknowledged = Pick<Connection, 'client' | 'acknowledged'>;

/**
 * Sends PUBACK (MQTT 3.1.1 §3.4) as four bytes, all of one turn of the event loop in one write; aedes makes three writes
 * of each and gathers them again, which is the dearest part of a message. False when the device does not read what we
 * send: then aedes' own way applies, which waits for it.
 */
export type SendPuback = (connection: Acknowledged, packetId: number) => boolean;

export function pubackSender(): SendPuback {
  /** Connections with PUBACKs that wait. */
  let waiting: Acknowledged[] = [];

  function sendAll(): void {
    const connections = waiting;
    waiting = [];
    for (const { client, acknowledged } of connections) {
      if (client.conn.writable) client.conn.write(pubacks(acknowledged));
      acknowledged.length = 0;
    }
  }

  return (connection, packetId) => {
    const { conn } = connection.client;
    if (!conn.writable || conn.writableNeedDrain) return false;
    if (connection.acknowledged.push(packetId) > 1) return true;
    if (waiting.push(connection) === 1) process.nextTick(sendAll);
    return true;
  };
}

function pubacks(packetIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(packetIds.length * 4);
  let at = 0;
  for (const packetId of packetIds) {
    bytes[at] = 0x40;
    bytes[at + 1] = 2;
    bytes[at + 2] = packetId >> 8;
    bytes[at + 3] = packetId & 0xff;
    at += 4;
  }
  return bytes;
}
