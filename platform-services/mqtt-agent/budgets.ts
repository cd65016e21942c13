/**
 * How many config messages may wait for, or be unacknowledged by, the sessions of one device and of one tenant: a limit on
 * their number and their bytes, beyond which the oldest that wait give way.
 */
import type { DeviceIdentity } from './identity.ts';
import type { MqttAgentSettings } from './options.ts';

/** A config message in an outbox. */
export interface Held {
  readonly bytes: number;
  /** Leaves its outbox, and `remove`s itself here. */
  giveWay(): void;
}

export interface Budgets {
  /** It waits from now on; older ones may have to give way for it, or even itself. */
  add(identity: DeviceIdentity, held: Held): void;
  /** It is sent and can no longer give way, but still counts. */
  sent(identity: DeviceIdentity, held: Held): void;
  /** It was sent and waits again. */
  waits(identity: DeviceIdentity, held: Held): void;
  remove(identity: DeviceIdentity, held: Held): void;
}

interface Limit {
  readonly bytes: number;
  readonly count: number;
}

interface Budget {
  bytes: number;
  count: number;
  /** Those that can give way, the oldest first. */
  readonly waiting: Set<Held>;
}

export type BudgetLimits = Pick<
  MqttAgentSettings,
  'maxQueuedPerDevice' | 'maxQueuedBytesPerDevice' | 'maxQueuedPerTenant' | 'maxQueuedBytesPerTenant'
>;

export function createBudgets(limits: BudgetLimits): Budgets {
  const ofDevice = { bytes: limits.maxQueuedBytesPerDevice, count: limits.maxQueuedPerDevice };
  const ofTenant = { bytes: limits.maxQueuedBytesPerTenant, count: limits.maxQueuedPerTenant };
  /** By device key, and by tenant. */
  const devices = new Map<string, Budget>();
  const tenants = new Map<string, Budget>();

  const both = ({ key, tenant }: DeviceIdentity) => [budgetOf(devices, key), budgetOf(tenants, tenant)];

  return {
    add(identity, held) {
      for (const budget of both(identity)) {
        budget.bytes += held.bytes;
        budget.count += 1;
        budget.waiting.add(held);
      }
      trim(budgetOf(devices, identity.key), ofDevice);
      trim(budgetOf(tenants, identity.tenant), ofTenant);
    },
    sent(identity, held) {
      for (const { waiting } of both(identity)) waiting.delete(held);
    },
    waits(identity, held) {
      for (const { waiting } of both(identity)) waiting.add(held);
    },
    remove(identity, held) {
      for (const budget of both(identity)) {
        budget.bytes -= held.bytes;
        budget.count -= 1;
        budget.waiting.delete(held);
      }
      forgetIfEmpty(devices, identity.key);
      forgetIfEmpty(tenants, identity.tenant);
    },
  };
}

function budgetOf(budgets: Map<string, Budget>, key: string): Budget {
  const known = budgets.get(key);
  if (known) return known;
  const budget = { bytes: 0, count: 0, waiting: new Set<Held>() };
  budgets.set(key, budget);
  return budget;
}

function forgetIfEmpty(budgets: Map<string, Budget>, key: string): void {
  if (budgets.get(key)?.count === 0) budgets.delete(key);
}

function trim(budget: Budget, limit: Limit): void {
  for (const oldest of budget.waiting) {
    if (budget.bytes <= limit.bytes && budget.count <= limit.count) return;
    oldest.giveWay();
  }
}
