/** Answers what a tenant process asks, for this tenant and nobody else. */
import { z } from 'zod';
import { headers, parseOrigin } from '../../contract/headers.ts';
import { deviceKey, subjects, topicOf } from '../../contract/topics.ts';
import type { Bus } from '../../platform-services/kit/bus/bus.ts';
import type { Clock } from '../../platform-services/kit/clock.ts';
import type { DeviceDirectory, KnownDevice } from '../../platform-services/kit/directory.ts';
import type { FlowStore, RunnableFlows } from '../flow-store/flow-store.ts';
import { createSaveAllowance } from '../flow-store/save-allowance.ts';
import type { Call, DeviceFacts } from '../protocol/calls.ts';
import { flowNode } from '../protocol/messages.ts';
import { supervisorErrors } from './errors.ts';
import type { Roots } from './roots.ts';

interface Needs {
  readonly tenant: string;
  readonly bus: Pick<Bus, 'publish'>;
  readonly flows: FlowStore;
  readonly devices: DeviceDirectory;
  readonly clock: Clock;
  /** What the process was given. */
  readonly roots: Pick<Roots, 'has'>;
  /** Node types that a package in the process provides. */
  readonly knownTypes: () => ReadonlySet<string>;
  /** A deploy from the editor is stored; resolves when messages come for it. */
  readonly saved: (flows: RunnableFlows) => Promise<void>;
}

const nodeList = z.array(flowNode);

/** Characters of the longest message a flow may publish. */
const longestMessage = 1024 * 1024;

/**
 * Resolves to the answer; throws the `PlatformError` that the browser or the node is to see. `length`: of the call as it
 * was sent, in characters.
 */
export type TenantCalls = (call: Call, length: number) => Promise<unknown>;

export function createTenantCalls(needs: Needs): TenantCalls {
  const { tenant, bus, flows, devices, clock } = needs;
  const saves = createSaveAllowance(() => clock.now());

  async function save({ nodes, author, basedOn, credentials }: Extract<Call, { name: 'saveFlows' }>) {
    const list = nodeList.safeParse(nodes);
    if (!list.success) throw supervisorErrors.NOT_NODES();
    const saved = await flows.saveFromEditor(tenant, list.data, {
      author,
      knownTypes: needs.knownTypes(),
      basedOn,
      credentials,
    });
    await needs.saved(saved);
    return { revision: saved.revision, flowIds: saved.flowIds };
  }

  async function publish(call: Extract<Call, { name: 'publish' }>): Promise<void> {
    const { deviceId, origin, generation } = call;
    if (!isOwnOrigin(origin)) throw supervisorErrors.FOREIGN_ORIGIN();
    const isActuation = call.what === 'actuation';
    const value = JSON.stringify(isActuation ? actuation(call) : attributes(call));
    if (value.length > longestMessage) throw supervisorErrors.MESSAGE_TOO_LARGE(String(longestMessage));
    await bus.publish(topicOf(tenant, isActuation ? subjects.deviceEvents : subjects.deviceData), [
      {
        key: deviceKey(tenant, deviceId),
        value,
        headers: { ...(origin && { [headers.origin]: origin }), [headers.generation]: String(generation) },
      },
    ]);
  }

  /** Contract flows-and-nodes §9.3: the time is that of the publication. */
  const attributes = ({ attrs, deviceId }: Extract<Call, { name: 'publish' }>) => ({
    attrs,
    metadata: { timestamp: clock.now(), tenant, deviceid: deviceId },
  });

  /** Contract flows-and-nodes §9.4. */
  const actuation = ({ attrs, deviceId }: Extract<Call, { name: 'publish' }>) => ({
    event: 'configure',
    data: { attrs, id: deviceId },
    meta: { service: tenant, timestamp: clock.now() },
  });

  /** An origin decides what history takes for a repeat, of whatever tenant it names. */
  function isOwnOrigin(text: string | undefined): boolean {
    if (text === undefined) return true;
    const origin = parseOrigin(text);
    return origin !== undefined && needs.roots.has(origin);
  }

  return async (call, length) => {
    if (call.name === 'saveFlows' || call.name === 'saveState') saves.spend(length);
    switch (call.name) {
      case 'loadFlows':
        return flows.runnable(tenant);
      case 'saveFlows':
        return save(call);
      case 'loadCredentials':
        return flows.credentials(tenant);
      case 'loadState':
        return flows.runtimeState(tenant, call.state);
      case 'saveState':
        return flows.saveRuntimeState(tenant, call.state, call.content);
      case 'findDevice':
        return factsOf(await devices.find(tenant, call.deviceId));
      case 'publish':
        return publish(call);
    }
  };
}

/** Only static attributes with a value are added to readings (contract flows-and-nodes §6.2). */
function factsOf(device: KnownDevice | undefined): DeviceFacts | undefined {
  if (!device) return undefined;
  const statics = device.attributes.flatMap(({ label, type, staticValue }) =>
    type === 'static' && staticValue ? [[label, staticValue] as const] : [],
  );
  return { templates: Array.from(device.templates), statics: Object.fromEntries(statics) };
}
