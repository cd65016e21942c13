/**
 * How much of a device and of a tenant may be on its way to the bus. Who has a full window is not read from, so that a flood
 * waits in its own connections and not before the readings of others.
 */
import type { DeviceIdentity } from './identity.ts';

/** One window, for all connections of a device or of a tenant. */
export interface Window {
  isFull(): boolean;
  begin(size: number): void;
  /** Wakes those that wait, one after the other, until it is full again. */
  end(size: number): void;
  /** `wake` is called once when there is room; called again with the same one, nothing changes. */
  wait(wake: () => void): void;
}

export interface Windows {
  /** Those of the device and of its tenant, for as long as it has connections. */
  open(identity: DeviceIdentity): readonly Window[];
  close(identity: DeviceIdentity): void;
}

/** Largest sizes, in publications; one with a large payload counts for several (`sizeOf`). */
export interface WindowLimits {
  readonly maxPendingPerDevice: number;
  readonly maxPendingPerTenant: number;
}

interface Shared {
  readonly window: Window;
  /** Connections. */
  users: number;
}

export function createWindows({ maxPendingPerDevice, maxPendingPerTenant }: WindowLimits): Windows {
  /** By device key, and by tenant. */
  const devices = new Map<string, Shared>();
  const tenants = new Map<string, Shared>();
  return {
    open: ({ key, tenant }) => [use(devices, key, maxPendingPerDevice), use(tenants, tenant, maxPendingPerTenant)],
    close({ key, tenant }) {
      release(devices, key);
      release(tenants, tenant);
    },
  };
}

/** What a publication takes of a window: one and one more for each KiB. */
export function sizeOf(payload: string | Buffer): number {
  return 1 + (payload.length >> 10);
}

export function createWindow(limit: number): Window {
  const waiting = new Set<() => void>();
  let size = 0;
  return {
    isFull: () => size >= limit,
    begin(by) {
      size += by;
    },
    end(by) {
      size -= by;
      for (const wake of waiting) {
        if (size >= limit) return;
        waiting.delete(wake);
        wake();
      }
    },
    wait: (wake) => waiting.add(wake),
  };
}

function use(shared: Map<string, Shared>, key: string, limit: number): Window {
  const known = shared.get(key) ?? { window: createWindow(limit), users: 0 };
  known.users += 1;
  shared.set(key, known);
  return known.window;
}

function release(shared: Map<string, Shared>, key: string): void {
  const known = shared.get(key);
  if (known === undefined) return;
  known.users -= 1;
  if (known.users === 0) shared.delete(key);
}
