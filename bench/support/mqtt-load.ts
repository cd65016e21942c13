/**
 * Load generator, a process of its own: many MQTT 3.1.1 connections over plain sockets with hand-made frames, so that it
 * costs as little as possible beside what it measures. Each connection publishes with QoS 1, one message in flight.
 *
 * Reads one JSON line of `LoadOrder` from standard input and answers one JSON line of `LoadReport`.
 */
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface LoadOrder {
  readonly port: number;
  readonly clients: readonly { readonly identity: string; readonly topic: string }[];
  readonly seconds: number;
  /** Messages per second over all clients; absent: as fast as they are acknowledged. */
  readonly rate?: number;
  /** First sequence number of every client. */
  readonly firstSeq: number;
}

export interface LoadReport {
  readonly acknowledged: number;
  /** From the first publication to the last acknowledgement. */
  readonly seconds: number;
  /** ms from publication to acknowledgement, at most 200,000 of them. */
  readonly latencies: readonly number[];
  /** By client: the sequence number acknowledged last; `firstSeq - 1` when none was. */
  readonly lastSeqs: readonly number[];
}

interface Client {
  readonly socket: Socket;
  readonly topic: string;
  seq: number;
  sentAt: number;
  acknowledged: number;
}

const maxLatencies = 200_000;

async function run(order: LoadOrder): Promise<LoadReport> {
  const latencies: number[] = [];
  let acknowledged = 0;
  let waiting = 0;
  let over = false;
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  let lastAck = 0;

  const publish = (client: Client): void => {
    client.seq += 1;
    client.sentAt = performance.now();
    waiting += 1;
    client.socket.write(
      publishFrame(client.topic, `{"temperature":21.5,"humidity":40,"seq":${client.seq}}`, client.seq),
    );
  };
  const onAck = (client: Client): void => {
    lastAck = performance.now();
    if (latencies.length < maxLatencies) latencies.push(lastAck - client.sentAt);
    acknowledged += 1;
    waiting -= 1;
    client.acknowledged = client.seq;
    if (over && waiting === 0) finished();
    else if (!over && order.rate === undefined) publish(client);
  };
  const clients = await Promise.all(order.clients.map(({ identity, topic }) => connect(order, identity, topic, onAck)));

  const begin = performance.now();
  const pace = order.rate === undefined ? undefined : paced(clients, order.rate, publish);
  if (order.rate === undefined) for (const client of clients) publish(client);
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000));
  over = true;
  clearInterval(pace);
  if (waiting > 0) await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  for (const { socket } of clients) socket.destroy();
  return {
    acknowledged,
    seconds: (lastAck - begin) / 1000,
    latencies,
    lastSeqs: clients.map((client) => client.acknowledged),
  };
}

/** Publishes at a fixed rate, whatever the acknowledgements do; a client that still waits for one is passed over. */
function paced(clients: readonly Client[], rate: number, publish: (client: Client) => void): NodeJS.Timeout {
  const begin = performance.now();
  let sent = 0;
  let next = 0;
  return setInterval(() => {
    const due = Math.floor(((performance.now() - begin) * rate) / 1000);
    for (let looked = 0; sent < due && looked < clients.length; looked += 1) {
      const client = clients[next % clients.length];
      next += 1;
      if (!client || client.acknowledged < client.seq) continue;
      publish(client);
      sent += 1;
    }
  }, 1);
}

function connect(order: LoadOrder, identity: string, topic: string, onAck: (client: Client) => void): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port: order.port, host: '127.0.0.1', noDelay: true });
    const client: Client = { socket, topic, seq: order.firstSeq - 1, sentAt: 0, acknowledged: order.firstSeq - 1 };
    let pending = Buffer.alloc(0);
    socket.once('error', reject);
    socket.once('connect', () => socket.write(connectFrame(identity, `load-${identity}`)));
    socket.on('data', (chunk) => {
      // CONNACK and PUBACK are four bytes each.
      pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
      while (pending.length >= 4) {
        const kind = pending[0];
        if (kind === 0x20 && pending[3] === 0) resolve(client);
        else if (kind === 0x40) onAck(client);
        else reject(new Error(`unexpected answer ${pending.toString('hex')}`));
        pending = pending.subarray(4);
      }
    });
  });
}

function connectFrame(username: string, clientId: string): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0x82, 0, 0]), text(clientId), text(username)]);
  return Buffer.concat([Buffer.from([0x10]), length(body.length), body]);
}

function publishFrame(topic: string, payload: string, seq: number): Buffer {
  const messageId = (seq % 65_535) + 1;
  const body = Buffer.concat([text(topic), Buffer.from([messageId >> 8, messageId & 0xff]), Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x32]), length(body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Remaining length (MQTT 3.1.1 §2.2.3). */
function length(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}

if (process.argv[1] === import.meta.filename) {
  for await (const line of createInterface({ input: process.stdin })) {
    // Not a plain exit afterwards: a long report must have left the pipe first.
    const report = `${JSON.stringify(await run(JSON.parse(line)))}\n`;
    process.stdout.write(report, () => process.exit(0));
    break;
  }
}
