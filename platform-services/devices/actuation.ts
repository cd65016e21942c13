/** Commands to devices (contract devices-templates-ops §1.6 "actuate", §1.9 `configure`). */
import type { Clock } from '../kit/clock.ts';
import type { DeviceQueries } from './device-queries.ts';
import { errors, notActuators } from './errors.ts';
import { configureMessage, type Events } from './events.ts';
import { parseActuation } from './parse.ts';

/** `body`: `{attrs: {LABEL: value}, …}`. Resolves when the command is durable on the bus; one wrong label and nothing is sent. */
export type Actuate = (tenant: string, deviceId: string, body: unknown) => Promise<void>;

/** Beyond this no one is served, and writing JSON needs stack for every level. */
const mostLevels = 100;

export function actuation(queries: Pick<DeviceQueries, 'actuatorsOf'>, events: Events, clock: Clock): Actuate {
  return async (tenant, deviceId, body) => {
    const actuators = await queries.actuatorsOf(tenant, deviceId);
    const { command, labels } = parseActuation(body);
    if (isDeeperThan(mostLevels, command)) throw errors.TOO_DEEP(String(mostLevels));
    const refused = labels.filter((label) => !actuators.has(label));
    if (refused.length > 0) throw notActuators(refused);
    await events.publish(tenant, [configureMessage(tenant, deviceId, command, clock.now())]);
  };
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(levels - 1, child));
}
