/** A device that numbers its readings and remembers which of them were acknowledged. */
import mqtt, { type IPublishPacket, Store } from 'mqtt';

export interface Publisher {
  /** Numbers whose PUBACK arrived, ascending. */
  acknowledged(): readonly number[];
  /** Publishes nothing more and waits for the acknowledgement of what is on its way. */
  finish(): Promise<void>;
  stop(): Promise<void>;
}

/** Readings on their way at a time. */
const window = 5;
/** ms between two readings, so that fifty devices leave the machine room to restart the platform. */
const interval = 20;

/** Publishes `{"seq":1}`, `{"seq":2}` … with QoS 1 in a persistent session, and again what was not acknowledged. */
export function startPublisher(port: number, identity: string): Publisher {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    username: identity,
    clientId: `torture-${identity}`,
    protocolVersion: 4,
    clean: false,
    reconnectPeriod: 100,
    connectTimeout: 5000,
    outgoingStore: new ResendStore(),
  });
  client.on('error', () => undefined); // Refused and broken connections are what this device is for; it connects again.
  const acknowledged: number[] = [];
  let next = 1;
  let waiting = 0;
  let finishing = false;
  let allDone: () => void = () => undefined;
  const timer = setInterval(() => {
    if (finishing || waiting >= window || !client.connected) return;
    const seq = next;
    next += 1;
    waiting += 1;
    client.publish(`${identity}/attrs`, JSON.stringify({ seq }), { qos: 1 }, (error) => {
      waiting -= 1;
      if (!error) acknowledged.push(seq);
      if (finishing && waiting === 0) allDone();
    });
  }, interval);
  return {
    acknowledged: () => [...acknowledged].sort((left, right) => left - right),
    finish: () =>
      new Promise((resolve) => {
        finishing = true;
        allDone = resolve;
        if (waiting === 0) resolve();
      }),
    stop: async () => {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}

/** mqtt.js sends again without the DUP flag that MQTT 3.1.1 §4.4 asks for; this store sets it. */
class ResendStore extends Store {
  override put(packet: IPublishPacket, done: Parameters<Store['put']>[1]): this {
    return super.put(packet.cmd === 'publish' ? { ...packet, dup: true } : packet, done);
  }
}
