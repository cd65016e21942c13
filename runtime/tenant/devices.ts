/** What is known of the tenant's devices (contract flows-and-nodes §6.4): kept by the events that pass, asked for on a miss. */
import { type DeviceFacts, deviceFacts } from '../protocol/calls.ts';
import type { DeviceEvent } from './envelope.ts';
import type { SupervisorLink } from './supervisor-link.ts';

export interface Devices {
  /**
   * What is known of the event's device, after taking over what the event says. A promise only when it has to be asked
   * for. Undefined: the device is unknown everywhere, and its event is dropped.
   */
  learn(event: DeviceEvent): DeviceFacts | undefined | Promise<DeviceFacts | undefined>;
  /** Everything is asked for again: when flows are deployed, what was missed of their devices must not matter. */
  forget(): void;
}

/** Devices kept at most; the one learnt first goes first. */
const mostDevices = 50_000;

export function createDevices(supervisor: Pick<SupervisorLink, 'call'>): Devices {
  /** By device id. */
  const known = new Map<string, DeviceFacts>();
  /** Questions whose answers may still be kept, by device id. */
  const asking = new Map<string, Promise<DeviceFacts | undefined>>();

  function keep(deviceId: string, facts: DeviceFacts): DeviceFacts {
    asking.delete(deviceId);
    known.set(deviceId, facts);
    if (known.size > mostDevices) for (const oldest of known.keys().take(1)) known.delete(oldest);
    return facts;
  }

  /** Its answer is kept unless something newer was learnt meanwhile. */
  function ask(deviceId: string): Promise<DeviceFacts | undefined> {
    const question = supervisor.call({ name: 'findDevice', deviceId }).then((value) => {
      const answer = deviceFacts.nullish().parse(value) ?? undefined;
      if (asking.get(deviceId) !== question) return known.get(deviceId) ?? answer;
      return answer && keep(deviceId, answer);
    });
    asking.set(deviceId, question);
    const settled = () => {
      if (asking.get(deviceId) === question) asking.delete(deviceId);
    };
    question.then(settled, settled);
    return question;
  }

  return {
    learn({ event, deviceId, facts }) {
      if (event === 'remove') {
        const last = facts ?? known.get(deviceId);
        known.delete(deviceId);
        asking.delete(deviceId);
        return last;
      }
      if (facts) return keep(deviceId, facts);
      // It changed, and the message does not say how.
      if (event === 'create' || event === 'update') known.delete(deviceId);
      return known.get(deviceId) ?? ask(deviceId);
    },
    forget() {
      known.clear();
      asking.clear();
    },
  };
}
