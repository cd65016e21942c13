/** One tenant: a process while it is needed, messages while it has flows. */
import type { Message } from '../../platform-services/kit/bus/bus.ts';
import type { RunnableFlows } from '../flow-store/flow-store.ts';
import type { NodeCounters } from '../protocol/messages.ts';
import { createDeadLetters } from './dead-letters.ts';
import { supervisorErrors } from './errors.ts';
import { createFeed } from './feed.ts';
import { createIntakeSubscription } from './intake-subscription.ts';
import { createRoots } from './roots.ts';
import type { SupervisorNeeds } from './supervisor-needs.ts';
import { createTenantCalls } from './tenant-calls.ts';
import { createTenantFiles } from './tenant-files.ts';
import { createTenantRunner } from './tenant-runner.ts';

export interface TenantHost {
  /** Takes over flows that are stored; resolves when the next message meets them. */
  apply(flows: RunnableFlows): Promise<void>;
  /** Resolves to the editor's socket when it listens. */
  openEditor(): Promise<string>;
  editorConnections(open: number): void;
  /** What each node did since the process started, by node id. */
  counters(): ReadonlyMap<string, NodeCounters>;
  /** Undefined when no process runs. */
  pid(): number | undefined;
  /** Lets go of a process that nobody needs any more; called now and then. */
  tidy(): Promise<void>;
  stop(): Promise<void>;
}

/** An editor is in use this long after its last request, ms, also without an open connection. */
const editorInUseMs = 60_000;
const stopDrainMs = 1000;

export function createTenantHost(tenant: string, needs: SupervisorNeeds): TenantHost {
  const { bus, options } = needs;
  const log = needs.log.part(`flows of ${tenant}`);
  const count = needs.counters(tenant);
  const files = createTenantFiles(options.socketDir, tenant);
  const now = () => performance.now();
  let revision = -1;
  let hasFlows = false;
  let connections = 0;
  let lastUse = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  let lastChange: Promise<void> = Promise.resolve();

  const isEditorInUse = () => connections > 0 || now() - lastUse < editorInUseMs;
  const deadLetters = createDeadLetters({ tenant, bus, log, clock: needs.clock, isStopped: () => isStopped });
  const subscription = createIntakeSubscription({ tenant, bus, log, feed: () => feed });
  const feed = createFeed({
    window: options.window,
    leaseMs: options.leaseMs,
    now,
    commit: subscription.commit,
    async setAside(message: Message) {
      await deadLetters.put(message);
      count.setAside.add();
      runner.forgive();
    },
  });
  const roots = createRoots();
  const calls = createTenantCalls({
    ...needs,
    tenant,
    roots,
    knownTypes: () => runner.types(),
    saved: async (flows) => void (await follow(flows)),
  });
  const runner = createTenantRunner({
    ...{ tenant, options, log, count, files, feed, roots, calls, isEditorInUse, startGate: needs.startGate },
    isWanted: () => hasFlows || connections > 0,
  });

  /**
   * Reads messages while there are flows. A save from the editor and one from the API may overtake each other here; false
   * for the older one.
   */
  async function follow(flows: RunnableFlows): Promise<boolean> {
    if (flows.revision < revision || isStopped) return false;
    revision = flows.revision;
    hasFlows = hasEnabledFlows(flows);
    runner.forgive();
    await subscription.want(hasFlows);
    return !isStopped;
  }

  async function change(flows: RunnableFlows): Promise<void> {
    if (!(await follow(flows))) return;
    if (runner.status()) await runner.deploy(flows);
    else if (hasFlows) runner.start();
  }

  /** The process keeps the lease itself, and says more about it; who keeps messages all the same is not waited for. */
  function endLate(): void {
    const late = feed.sweep();
    if (late === 0) return;
    count.ended.add(late);
    count.expired.add(late);
    log.warn('messages did not end within two leases and are given up', { messages: late });
  }

  return {
    apply(flows) {
      const result = lastChange.then(() => change(flows));
      lastChange = result.catch((error: unknown) => log.error('a change of the flows failed', { error }));
      return result;
    },
    async openEditor() {
      lastUse = now();
      if (isStopped) throw supervisorErrors.STOPPING();
      if (!runner.status()) runner.start();
      if (!(await runner.ready())) throw supervisorErrors.EDITOR_UNAVAILABLE(tenant);
      return files.socket;
    },
    editorConnections(open) {
      connections = open;
      lastUse = now();
    },
    counters: runner.counters,
    pid: () => runner.status()?.pid,
    async tidy() {
      endLate();
      const status = runner.status();
      if (!status?.isReady) return;
      const idleMs = Math.min(now() - lastUse, status.aliveMs);
      const isIdle = !hasFlows && connections === 0 && idleMs > options.idleMs;
      // Nobody repairs the flows any more: they are tried again.
      if (isIdle || (status.isSafeMode && !isEditorInUse())) await runner.recycle();
    },
    async stop() {
      isStopped = true;
      await feed.drain(runner.status() ? stopDrainMs : 0);
      await Promise.all([subscription.stop(), runner.stop()]);
      files.remove();
    },
  };
}

/** Whether any tab that is switched on has a node. */
function hasEnabledFlows({ nodes }: RunnableFlows): boolean {
  const on = new Set(nodes.filter(({ type, disabled }) => type === 'tab' && disabled !== true).map(({ id }) => id));
  return nodes.some(({ z }) => z !== undefined && on.has(z));
}
