/**
 * The MQTT agent: devices speak MQTT 3.1.1 by the VerneMQ convention of dojot (contract iot-agents §1), what they say is
 * on the bus before it is acknowledged, and commands from the bus reach them on their config topic.
 */
import type { Bus, Subscription as BusSubscription } from '../kit/bus/bus.ts';
import type { Clock } from '../kit/clock.ts';
import type { DeviceDirectory } from '../kit/directory.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import type { Store } from '../kit/store/store.ts';
import { closeBroker } from './broker.ts';
import { createBusWriter } from './bus-writer.ts';
import { consumeCommands } from './commands.ts';
import { mqttErrors } from './errors.ts';
import { type MqttAgentOptions, withDefaults } from './options.ts';
import { assemble, type Parts } from './parts.ts';
import { createResends } from './resends.ts';

export type { MqttAgentOptions } from './options.ts';

export interface MqttAgentNeeds {
  readonly bus: Bus;
  readonly devices: DeviceDirectory;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: MqttAgentOptions;
}

export interface MqttAgent extends Service {
  /** The TCP port it listens on; undefined while it does not. */
  port(): number | undefined;
}

/** ms that acknowledgements and wills on their way get when the agent stops. */
const farewell = 1000;

export function mqttAgent(needs: MqttAgentNeeds): MqttAgent {
  const options = withDefaults(needs.options);
  const log = needs.log.part('mqtt-agent');
  const resends = createResends(needs.clock, options.resendWindowMs);
  const writer = createBusWriter(needs.bus);
  let parts: Parts | undefined;
  let commands: BusSubscription | undefined;

  async function start(): Promise<void> {
    if (!options.plainAllowed) throw mqttErrors.PLAIN_MQTT_REFUSED(options.host);
    await resends.restore(needs.bus);
    parts = await assemble({ ...needs, options, log, resends, writer });
    try {
      await parts.sessions.restore();
      await parts.broker.listen();
      await parts.listener.open(options.host, options.port);
      commands = await consumeCommands({ bus: needs.bus, ...parts.commands });
    } catch (error) {
      await stop();
      throw error;
    }
    log.info(`MQTT listens on ${options.host}:${parts.listener.port()}.`);
  }

  /** Nothing new comes in, what came in is acknowledged, then the connections end. */
  async function stop(): Promise<void> {
    const stopping = parts;
    parts = undefined;
    await commands?.stop();
    commands = undefined;
    if (stopping === undefined) return;
    stopping.listener.silence();
    await atMost(farewell, writer.settled());
    await new Promise((resolve) => setImmediate(resolve));
    await closeBroker(stopping.broker);
    stopping.lifetimes.clear();
    await stopping.listener.close();
    await atMost(farewell, writer.settled());
    await stopping.sessionStore.settled();
  }

  return {
    name: 'mqtt-agent',
    start,
    stop,
    health: async () => {
      if (parts?.listener.port() === undefined) throw mqttErrors.MQTT_NOT_LISTENING();
    },
    port: () => parts?.listener.port(),
  };
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
