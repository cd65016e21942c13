/**
 * Commands to devices: consumes the device events of all tenants. `configure` goes to the device's sessions; `remove` ends
 * them (contract iot-agents §0.2, §1.6). The tenant is that of the bus topic, whatever the message says.
 */
import { agentEvent } from '../../contract/messages.ts';
import { deviceKey, parseTopic, subjects } from '../../contract/topics.ts';
import type { Batch, Bus, Message, Subscription } from '../kit/bus/bus.ts';
import type { QuietLog } from './quiet-log.ts';
import type { Delivery, Sessions } from './sessions.ts';

export const commandGroup = 'mqtt-agent';

export interface CommandNeeds {
  readonly bus: Bus;
  readonly sessions: Sessions;
  readonly log: QuietLog;
  /** Closes the connections of a device that has been removed. */
  readonly closeDevice: (deviceKey: string) => void;
}

/** The group's offset moves when what must last is durable in the sessions. */
export function consumeCommands(needs: CommandNeeds): Promise<Subscription> {
  return needs.bus.subscribe(
    { group: commandGroup, topics: { subjects: [subjects.deviceEvents] }, from: 'earliest', maxBatch: 500 },
    (batch) => handleBatch(needs, batch),
  );
}

async function handleBatch({ sessions, log, closeDevice }: CommandNeeds, batch: Batch): Promise<void> {
  const tenant = parseTopic(batch.topic)?.tenant;
  if (tenant === undefined) return;
  let deliveries: Delivery[] = [];
  const deliver = async () => {
    const due = deliveries;
    deliveries = [];
    await sessions.deliver(tenant, due);
  };
  for (const message of batch.messages) {
    const event = parseEvent(message);
    if (event === undefined) {
      log.warn('device-event', 'A device event is not readable and was skipped.', positionOf(message));
      continue;
    }
    if (event.event === 'configure' && event.data.attrs !== undefined)
      deliveries.push({
        deviceKey: deviceKey(tenant, event.data.id),
        id: `${message.partition}-${message.offset}`,
        offset: message.offset,
        payload: JSON.stringify(event.data.attrs),
      });
    if (event.event === 'remove') {
      const key = deviceKey(tenant, event.data.id);
      await deliver();
      closeDevice(key);
      await sessions.removeDevice(key);
    }
  }
  await deliver();
}

function parseEvent(message: Message) {
  try {
    const parsed = agentEvent.safeParse(JSON.parse(message.value));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function positionOf({ topic, partition, offset }: Message) {
  return { topic, partition, offset };
}
