/** Where messages go that killed the tenant's process three times: `<tenant>.dojot.flows.dead`, for people to look at. */
import { setTimeout as pause } from 'node:timers/promises';
import { subjects, topicOf } from '../../contract/topics.ts';
import type { Bus, Message } from '../../platform-services/kit/bus/bus.ts';
import type { Clock } from '../../platform-services/kit/clock.ts';
import type { Log } from '../../platform-services/kit/log.ts';

interface Needs {
  readonly tenant: string;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly isStopped: () => boolean;
}

const reason = 'processing this message ended the process of the tenant three times';
const retryMs = 1000;

export function createDeadLetters({ tenant, bus, clock, log, isStopped }: Needs) {
  async function publish(message: Message): Promise<void> {
    const { topic, partition, offset, key, value, headers, timestamp } = message;
    const letter = { reason, time: clock.now(), topic, partition, offset, key, value, headers, timestamp };
    await bus.publish(topicOf(tenant, subjects.deadFlowMessages), [{ key, value: JSON.stringify(letter) }]);
    log.error('a message is set aside', { reason, topic, partition, offset });
  }

  return {
    /** Resolves when the message is stored there; tries again until it is. */
    async put(message: Message): Promise<void> {
      while (!isStopped()) {
        try {
          return await publish(message);
        } catch (error) {
          log.error('a message could not be set aside; trying again', { error });
          await pause(retryMs);
        }
      }
    },
  };
}
