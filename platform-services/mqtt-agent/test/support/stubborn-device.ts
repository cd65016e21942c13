/** A device that publishes without end, loses its connection all the time, and sends again what MQTT 3.1.1 §4.4 demands. */
import type { Packet } from 'mqtt-packet';
import { connectPacket, publishPacket, type RawClient, rawClient } from './raw-client.ts';

export interface StubbornDevice {
  /** Numbers of the readings it has PUBACK or PUBREC for, in the order they were sent. */
  readonly acknowledged: ReadonlySet<number>;
  /** Publishes nothing new and resolves when everything is acknowledged. */
  finish(): Promise<void>;
}

interface Pending {
  readonly seq: number;
  /** QoS 2: PUBREC has come. */
  released: boolean;
}

const window = 20;
/** Few, so that they are used again and again. */
const packetIds = 30;

/** `random` gives an integer below its argument. */
export function stubbornDevice(
  port: () => number,
  id: string,
  qos: 1 | 2,
  random: (below: number) => number,
): StubbornDevice {
  const acknowledged = new Set<number>();
  /** By packet id, in the order they were sent. */
  const pending = new Map<number, Pending>();
  let lastPacketId = 0;
  let lastSeq = 0;
  let isFinishing = false;

  const publication = (messageId: number, { seq }: Pending, dup: boolean) =>
    publishPacket(JSON.stringify({ seq }), { topic: `admin:${id}/attrs`, qos, messageId, dup });

  function next(): Packet {
    do lastPacketId = (lastPacketId % packetIds) + 1;
    while (pending.has(lastPacketId));
    lastSeq += 1;
    const entry = { seq: lastSeq, released: false };
    pending.set(lastPacketId, entry);
    return publication(lastPacketId, entry, false);
  }

  function heed(client: RawClient, { cmd, messageId = 0 }: Packet): void {
    const entry = pending.get(messageId);
    if (!entry) return;
    if (cmd === 'puback' || cmd === 'pubrec') acknowledged.add(entry.seq);
    if (cmd === 'puback' || cmd === 'pubcomp') pending.delete(messageId);
    if (cmd === 'pubrec') {
      entry.released = true;
      client.send({ cmd: 'pubrel', messageId });
    }
  }

  async function live(client: RawClient): Promise<void> {
    client.send(connectPacket({ username: `admin:${id}`, clean: false }));
    await untilOrClosed(client, () => client.received.length > 0);
    const again = [...pending].map(([messageId, entry]): Packet => {
      return entry.released ? { cmd: 'pubrel', messageId } : publication(messageId, entry, true);
    });
    if (again.length > 0) client.send(...again);
    const end = Date.now() + 5 + random(60);
    await untilOrClosed(client, () => {
      for (const packet of client.received.splice(0)) heed(client, packet);
      if (isFinishing) return pending.size === 0;
      const fresh = Array.from({ length: Math.min(random(4), window - pending.size) }, next);
      if (fresh.length > 0) client.send(...fresh);
      return Date.now() > end;
    });
  }

  async function run(): Promise<void> {
    while (!isFinishing || pending.size > 0) {
      // While the platform starts again nobody listens.
      const client = await rawClient(port()).catch(() => undefined);
      if (client) await live(client);
      else await turn();
      if (random(2) === 0) client?.socket.resetAndDestroy();
      else client?.destroy();
    }
  }

  const running = run();
  return {
    acknowledged,
    finish() {
      isFinishing = true;
      return running;
    },
  };
}

async function untilOrClosed(client: RawClient, isOver: () => boolean): Promise<void> {
  while (!client.isClosed() && !isOver()) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
