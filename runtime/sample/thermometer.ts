/** A simulated thermometer: a device like any other, over a real MQTT connection. */
import mqtt from 'mqtt';
import type { Log } from '../../platform-services/kit/log.ts';

export interface Thermometer {
  stop(): Promise<void>;
}

export interface ThermometerNeeds {
  /** Address the platform listens on. */
  readonly host: string;
  readonly port: number;
  /** `tenant:deviceId`: user name and first topic level. */
  readonly identity: string;
  readonly log: Log;
  /** ms between two readings. */
  readonly interval?: number;
}

/** Connects, then publishes a reading with QoS 1 at once and every second until it is stopped. */
export function startThermometer({ host, port, identity, log, interval = 1000 }: ThermometerNeeds): Thermometer {
  const client = mqtt.connect({
    host,
    port,
    protocolVersion: 4,
    username: identity,
    clientId: 'sample-thermometer',
    reconnectPeriod: 1000,
  });
  client.on('connect', () => client.stream && noDelay(client.stream));
  client.on('error', (error) => log.warn('The simulated thermometer has a problem', { error }));
  let second = 0;
  const say = () => {
    second += 1;
    if (client.connected) client.publish(`${identity}/attrs`, JSON.stringify(reading(second)), { qos: 1 });
  };
  client.once('connect', say);
  const timer = setInterval(say, interval);
  return {
    stop: async () => {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
}

/** A warm and a cool half-minute in turn, around 27 °C, so that both ways of the flow are seen within a minute. */
export function reading(second: number): { temperature: number; humidity: number } {
  const wave = Math.sin((second * 2 * Math.PI) / 60);
  return { temperature: round(27 + 6 * wave), humidity: round(55 - 10 * wave) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A QoS 1 reading waits 40 ms for a delayed ACK without it. */
function noDelay(stream: object): void {
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
}
