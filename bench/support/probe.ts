import mqtt from 'mqtt';

export interface Probe {
  publish(seq: number): Promise<void>;
  stop(): Promise<void>;
}

/** One device that publishes single readings, to see how long they take beside a load. */
export async function startProbe(
  port: number,
  client: { identity: string; topic: string } | undefined,
): Promise<Probe> {
  if (!client) throw new Error('no client to probe with');
  const connection = await mqtt.connectAsync({
    host: '127.0.0.1',
    port,
    username: client.identity,
    protocolVersion: 4,
  });
  const { stream } = connection;
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
  return {
    publish: async (seq) => {
      await connection.publishAsync(client.topic, `{"temperature":21.5,"humidity":40,"seq":${seq}}`, { qos: 1 });
    },
    stop: () => connection.endAsync(),
  };
}
