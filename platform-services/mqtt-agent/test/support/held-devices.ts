/** A directory that can be made to wait, so that tests decide what happens during a CONNECT. */
import type { DeviceDirectory } from '../../../kit/directory.ts';
import { someDevices } from './agent.ts';

export interface HeldDevices extends DeviceDirectory {
  /** From now on answers about `efac` wait. `asked` resolves at the next question, `release` lets the answers go. */
  hold(): { readonly asked: Promise<void>; readonly release: () => void };
}

export function heldDevices(): HeldDevices {
  let gate = Promise.resolve();
  let onAsked: () => void = () => undefined;
  return {
    hold() {
      const asked = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      gate = released.promise;
      onAsked = asked.resolve;
      return {
        asked: asked.promise,
        release: () => {
          gate = Promise.resolve();
          released.resolve();
        },
      };
    },
    // What is known is found out before the wait: the answer may be out of date when it comes.
    async find(tenant, id) {
      const found = await someDevices.find(tenant, id);
      if (id !== 'efac') return found;
      onAsked();
      await gate;
      return found;
    },
  };
}
