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
  /** Bytes of a command; what is larger is passed over, for no device need be able to take it (contract iot-agents §1.4). */
  readonly maxBytes: number;
  readonly onTooLong: () => void;
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

/** Bytes of commands that go to the sessions at a time: each of these may store them for itself. */
const packBytes = 1024 * 1024;

async function handleBatch(needs: CommandNeeds, batch: Batch): Promise<void> {
  const { sessions, log, closeDevice } = needs;
  const tenant = parseTopic(batch.topic)?.tenant;
  if (tenant === undefined) return;
  let deliveries: Delivery[] = [];
  let bytes = 0;
  const deliver = async () => {
    const due = deliveries;
    deliveries = [];
    bytes = 0;
    await sessions.deliver(tenant, due);
  };
  for (const message of batch.messages) {
    const event = parseEvent(message);
    if (event === undefined) {
      log.warn('device-event', 'A device event is not readable and was skipped.', positionOf(message));
      continue;
    }
    if (event.event === 'configure' && event.data.attrs !== undefined) {
      const delivery = deliveryOf(message, deviceKey(tenant, event.data.id), event.data.attrs);
      if (delivery.bytes > needs.maxBytes) {
        needs.onTooLong();
        log.warn('command-size', 'A command is larger than allowed and was not delivered.', {
          username: delivery.deviceKey,
          bytes: delivery.bytes,
        });
        continue;
      }
      deliveries.push(delivery);
      bytes += delivery.bytes;
      if (bytes >= packBytes) await deliver();
    }
    if (event.event === 'remove') {
      const key = deviceKey(tenant, event.data.id);
      await deliver();
      closeDevice(key);
      await sessions.removeDevice(key);
    }
  }
  await deliver();
}

function deliveryOf({ partition, offset }: Message, deviceKey: string, attrs: unknown): Delivery {
  const payload = JSON.stringify(attrs);
  return { deviceKey, id: `${partition}-${offset}`, offset, payload, bytes: Buffer.byteLength(payload) };
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
