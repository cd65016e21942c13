/** Connections by device, each closed when its time is over, or at once when the device is removed (§1.3). */
import type { Client } from 'aedes';

export interface Lifetimes {
  begin(client: Client, deviceKey: string): void;
  end(client: Client): void;
  /** Those that have begun and not ended. */
  of(deviceKey: string): Client[];
  /** Forgets all; a connection that begins later (it was on its way in) is closed at once. */
  clear(): void;
}

interface Life {
  readonly deviceKey: string;
  readonly timer: NodeJS.Timeout | undefined;
}

/** `lifetimeMs` after `begin` a connection is closed; 0 = never. */
export function createLifetimes(lifetimeMs: number): Lifetimes {
  const lives = new Map<Client, Life>();
  /** By device key. */
  const byDevice = new Map<string, Set<Client>>();
  let isOver = false;

  function end(client: Client): void {
    const life = lives.get(client);
    if (life === undefined) return;
    clearTimeout(life.timer);
    lives.delete(client);
    const ofDevice = byDevice.get(life.deviceKey);
    ofDevice?.delete(client);
    if (ofDevice?.size === 0) byDevice.delete(life.deviceKey);
  }

  return {
    begin(client, deviceKey) {
      if (isOver) return void client.close();
      lives.set(client, {
        deviceKey,
        timer: lifetimeMs > 0 ? setTimeout(() => client.close(), lifetimeMs) : undefined,
      });
      byDevice.set(deviceKey, (byDevice.get(deviceKey) ?? new Set()).add(client));
    },
    end,
    of: (deviceKey) => [...(byDevice.get(deviceKey) ?? [])],
    clear() {
      isOver = true;
      for (const client of [...lives.keys()]) end(client);
    },
  };
}
