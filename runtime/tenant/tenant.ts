/** One tenant's flows: Node-RED, what surrounds it, and the way of events through it. */
import { createScheduler, idleTime } from '@dojot/node-kit';
import RED from 'node-red';
import { editorRoot } from '../../contract/editor.ts';
import type { FlowEvent, Problem, StartOrder, ToTenant } from '../protocol/messages.ts';
import { collectStartGarbage } from '../start-garbage.ts';
import { createAckTracker } from './ack-tracker.ts';
import { createCurrentFlows } from './current-flows.ts';
import { createDeployGate } from './deploy-gate.ts';
import { createDevices } from './devices.ts';
import { createEditorServer } from './editor-server.ts';
import { createEndedEvents } from './ended-events.ts';
import { createIntake } from './intake.ts';
import { createNodeMeters } from './node-meters.ts';
import { nodeRedSettings } from './node-red-settings.ts';
import { createPlatformApi } from './platform-api.ts';
import { createRunawayGuard } from './runaway.ts';
import { createStorage, platformUser } from './storage.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import { createTenantLog } from './tenant-log.ts';
import { createTriggers } from './triggers.ts';
import { tuneNodeRed } from './tuning.ts';
import { createTurns } from './turns.ts';
import { createUnknownTypes } from './unknown-types.ts';
import { prepareUserDir } from './user-dir.ts';

export interface Tenant {
  take(events: readonly FlowEvent[]): void;
  deploy(order: Extract<ToTenant, { kind: 'deploy' }>): Promise<void>;
  /** Something failed outside every handler. */
  stray(what: string, error: unknown): void;
  stop(): Promise<void>;
}

const sweepMs = 1000;
const reportMs = 5000;

/** Resolves when the editor can be reached; the flows begin to run on their own. */
export async function startTenant(order: StartOrder, supervisor: SupervisorLink): Promise<Tenant> {
  const now = () => Date.now();
  const monotonic = () => performance.now();
  const types = createUnknownTypes(RED.nodes, RED.events);
  const flows = createCurrentFlows(types);
  const log = createTenantLog(supervisor, now, flows.flowIdOf);
  const triggers = createTriggers();
  const turns = createTurns(monotonic);

  const meters = createNodeMeters(() => scheduler.kitNodes());
  const tracker = createAckTracker({
    hooks: RED.hooks,
    meters,
    turns,
    follow: (execution) => scheduler.follow(execution),
    now,
    newId: () => RED.util.generateId(),
  });
  const scheduler = createScheduler(tracker, { turns });
  const tellEnded = createEndedEvents(supervisor);
  const devices = createDevices(supervisor);
  const intake = createIntake({
    tenant: order.tenant,
    devices,
    triggers,
    scheduler,
    turns,
    log,
    leaseMs: order.leaseMs,
    now: monotonic,
    idleTime,
    ended(id, expired) {
      tellEnded(id, expired);
      gate.moved();
    },
    whereabouts: (execution) => describe(tracker.holders(execution), flows.flowIdOf),
  });
  const gate = createDeployGate({ intake, log, drainMs: order.drainMs });
  const platform = createPlatformApi({
    tenant: order.tenant,
    scheduler,
    triggers,
    supervisor,
    runaway: createRunawayGuard(monotonic),
    idleTime,
    flowIdOf: flows.flowIdOf,
  });

  const editor = createEditorServer();
  const storage = createStorage({ supervisor, flows, drain: gate.drain, failed: giveUp });
  const plugin = prepareUserDir(order.userDir);
  RED.init(editor.server, nodeRedSettings({ order, plugin, platform, storage, log: log.nodeRed }));
  tuneNodeRed(tracker, order.functionTimeout);

  RED.events.on('flows:started', ({ config }) => {
    scheduler.invalidate();
    triggers.reorder(config.flows.map(({ id }) => id));
    devices.forget();
    gate.open();
    supervisor.tell({ kind: 'running' });
  });
  RED.events.on('runtime-event', ({ id, payload }) => {
    if (id !== 'runtime-state' || !payload?.error) return;
    log.say('error', `The flows did not start: ${payload.error} ${payload.types?.join() ?? ''}`);
  });

  await RED.start();
  await editor.listen(order.socket, editorRoot(order.tenant), RED.httpAdmin);
  supervisor.tell({ kind: 'ready', types: types.provided() });

  const callOffCollection = collectStartGarbage();
  const sweeping = setInterval(() => {
    intake.sweep();
    tracker.sweep(now() - 2 * order.leaseMs);
  }, sweepMs);
  const reporting = setInterval(() => {
    const nodes = meters.changes();
    if (Object.keys(nodes).length > 0) supervisor.tell({ kind: 'counters', nodes });
  }, reportMs);

  /** The supervisor starts another process, after a pause if need be. */
  function giveUp(error: unknown): never {
    log.say('error', `The flows cannot be loaded: ${String(error)}`);
    supervisor.flush();
    process.exit(1);
  }

  return {
    take(events) {
      for (const event of events) intake.take(event);
    },
    async deploy({ id, flows: revision }) {
      const problem = await attempt(() =>
        RED.runtime.flows.setFlows({
          flows: { flows: flows.take(revision) },
          deploymentType: 'nodes',
          user: platformUser,
        }),
      );
      supervisor.tell({ kind: 'deployed', id, ...(problem && { problem }) });
    },
    stray(what, error) {
      const execution = tracker.current();
      execution?.countError();
      const where = execution ? ` (${describe(tracker.holders(execution), flows.flowIdOf)})` : '';
      log.say('error', `${what}${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
    async stop() {
      callOffCollection();
      clearInterval(sweeping);
      clearInterval(reporting);
      await RED.stop();
      await editor.stop();
    },
  };
}

async function attempt(act: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'DEPLOY_FAILED', status: 500, message };
  }
}

function describe(
  nodes: readonly { readonly id: string; readonly type: string; readonly z: string }[],
  flowOf: (tabId: string) => string | undefined,
): string {
  if (nodes.length === 0) return 'in a node of the platform or waiting for its turn';
  return nodes.map(({ id, type, z }) => `in node ${id} (${type}) of flow ${flowOf(z) ?? z}`).join(', ');
}
