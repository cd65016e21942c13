/**
 * Connections by device, each closed when its time is over, when its device has too many newer ones, or at once when the
 * device is removed (§1.3).
 */
import type { Client } from 'aedes';
import type { DeviceIdentity } from './identity.ts';

export interface Lifetimes {
  begin(client: Client, identity: DeviceIdentity): void;
  end(client: Client): void;
  /** Those that have begun and not ended. */
  of(deviceKey: string): Client[];
  /** How many of the tenant have begun and not ended. */
  countOf(tenant: string): number;
  /** Closes the oldest connections of a device that has too many; returns how many those were. */
  trim(deviceKey: string): number;
  /** Forgets all; a connection that begins later (it was on its way in) is closed at once. */
  clear(): void;
}

export interface LifetimeRules {
  /** ms after `begin` at which a connection is closed; 0 = never. */
  readonly lifetimeMs: number;
  readonly maxPerDevice: number;
}

interface Life {
  readonly identity: DeviceIdentity;
  readonly timer: NodeJS.Timeout | undefined;
}

export function createLifetimes({ lifetimeMs, maxPerDevice }: LifetimeRules): Lifetimes {
  const lives = new Map<Client, Life>();
  /** By device key, the oldest first. */
  const byDevice = new Map<string, Set<Client>>();
  /** By tenant. */
  const counts = new Map<string, number>();
  let isOver = false;

  function count(tenant: string, by: 1 | -1): void {
    const now = countOf(tenant) + by;
    if (now === 0) counts.delete(tenant);
    else counts.set(tenant, now);
  }

  function countOf(tenant: string): number {
    return counts.get(tenant) ?? 0;
  }

  function end(client: Client): void {
    const life = lives.get(client);
    if (life === undefined) return;
    clearTimeout(life.timer);
    lives.delete(client);
    count(life.identity.tenant, -1);
    const ofDevice = byDevice.get(life.identity.key);
    ofDevice?.delete(client);
    if (ofDevice?.size === 0) byDevice.delete(life.identity.key);
  }

  function of(deviceKey: string): Client[] {
    return [...(byDevice.get(deviceKey) ?? [])];
  }

  return {
    begin(client, identity) {
      if (isOver) return void client.close();
      lives.set(client, {
        identity,
        timer: lifetimeMs > 0 ? setTimeout(() => client.close(), lifetimeMs) : undefined,
      });
      count(identity.tenant, 1);
      byDevice.set(identity.key, (byDevice.get(identity.key) ?? new Set()).add(client));
    },
    end,
    of,
    countOf,
    trim(deviceKey) {
      // Those that end at the moment, as when another connection takes over their client id, are no more in the way.
      const open = of(deviceKey).filter(({ closed }) => !closed);
      const surplus = open.slice(0, Math.max(0, open.length - maxPerDevice));
      for (const client of surplus) client.close();
      return surplus.length;
    },
    clear() {
      isOver = true;
      for (const client of [...lives.keys()]) end(client);
    },
  };
}
