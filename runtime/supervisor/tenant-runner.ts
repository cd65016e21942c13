/** The process of one tenant: started, listened to, started again when it dies. */
import { isPlatformError } from '../../platform-services/kit/errors.ts';
import type { Log } from '../../platform-services/kit/log.ts';
import type { FromTenant, NodeCounters, Problem, ToTenant } from '../protocol/messages.ts';
import { createDeploys } from './deploys.ts';
import { supervisorErrors } from './errors.ts';
import type { Feed, Sink } from './feed.ts';
import { createLogAllowance } from './log-allowance.ts';
import { createRestarts } from './restarts.ts';
import type { Roots } from './roots.ts';
import type { StartGate } from './start-gate.ts';
import type { SupervisorOptions, TenantCounters } from './supervisor-needs.ts';
import type { TenantCalls } from './tenant-calls.ts';
import type { TenantFiles } from './tenant-files.ts';
import { type Exit, startTenantProcess, type TenantProcess } from './tenant-process.ts';

interface Needs {
  readonly tenant: string;
  readonly options: SupervisorOptions;
  readonly log: Log;
  readonly count: TenantCounters;
  readonly files: TenantFiles;
  readonly feed: Feed;
  readonly roots: Pick<Roots, 'given'>;
  readonly calls: TenantCalls;
  readonly startGate: StartGate;
  /** Whether a process that ended has to be followed by another one. */
  readonly isWanted: () => boolean;
  /** Whether somebody is there to repair flows that let no process live. */
  readonly isEditorInUse: () => boolean;
}

export interface TenantRunner {
  /** Starts a process when there is none and none is about to be started. */
  start(): void;
  /** Resolves when the editor of the process listens; false when none does for long. */
  ready(): Promise<boolean>;
  /** Brings flows to the process, if there is one. Resolves when they run. */
  deploy(flows: Extract<ToTenant, { kind: 'deploy' }>['flows']): Promise<void>;
  /** The flows were changed, or a message that kills is gone: whatever let processes die is forgiven. */
  forgive(): void;
  status(): RunnerStatus | undefined;
  types(): ReadonlySet<string>;
  counters(): ReadonlyMap<string, NodeCounters>;
  /** Ends the process; another one follows when it is wanted. */
  recycle(): Promise<void>;
  /** Ends the process for good. */
  stop(): Promise<void>;
}

export interface RunnerStatus {
  readonly pid: number | undefined;
  readonly isReady: boolean;
  readonly isSafeMode: boolean;
  /** ms since its start. */
  readonly aliveMs: number;
}

interface Running {
  readonly process: TenantProcess;
  readonly startedAt: number;
  readonly isSafeMode: boolean;
  /** Lets the next process of any tenant start. */
  readonly leaveGate: () => void;
  readonly sink: Sink;
  isReady: boolean;
  isStopping: boolean;
  openCalls: number;
  /** Length of their lines, characters. */
  openCharacters: number;
}

const longestReadyMs = 15_000;
/** Unanswered questions of a process, in number and characters; beyond it is not listened to until half are answered. */
const mostOpenCalls = 2000;
const mostOpenCharacters = 16 * 1024 * 1024;
/** Nodes whose counters are kept. */
const mostCounters = 20_000;
/** Lines of its own log that it may have in ours, in ten seconds. */
const mostLogLines = 300;
const stopGraceMs = 700;
const wellAfterMs = 60_000;

export function createTenantRunner(needs: Needs): TenantRunner {
  const { tenant, options, log, count, files, feed } = needs;
  const restarts = createRestarts();
  const deploys = createDeploys();
  const counters = new Map<string, NodeCounters>();
  const now = () => performance.now();
  const printed = createLogAllowance(log, now, mostLogLines);
  let types: ReadonlySet<string> = new Set();
  let running: Running | undefined;
  let restart: NodeJS.Timeout | undefined;
  /** Gives up the place of a process that waits to be started. */
  let giveUpTurn: (() => void) | undefined;
  let isStopped = false;
  /** Who waits for the editor of the process. */
  const waiters = new Set<(isReady: boolean) => void>();

  function launch(): void {
    clearTimeout(restart);
    restart = undefined;
    if (running || giveUpTurn || isStopped) return;
    giveUpTurn = needs.startGate.enter((leaveGate) => {
      giveUpTurn = undefined;
      try {
        running = begin(leaveGate);
      } catch (error) {
        leaveGate();
        log.error('the process could not be started', { error });
        launchLater(restarts.died(0, true));
      }
    });
  }

  function launchLater(pauseMs: number): void {
    restart = setTimeout(launch, pauseMs);
  }

  function begin(leaveGate: () => void): Running {
    const isSafeMode = restarts.areFlowsIll() && needs.isEditorInUse();
    if (isSafeMode) log.warn('the flows let no process live: they stay stopped until they are changed');
    files.prepare();
    counters.clear();
    const process = startTenantProcess({
      order: {
        ...{ tenant, socket: files.socket, userDir: files.userDir, safeMode: isSafeMode },
        nodePackages: Array.from(options.nodePackages),
        leaseMs: options.leaseMs,
        // A loop in a Function node ends as an error of that node before it costs the process (function-watch.ts).
        functionTimeout: (options.livenessMs * 0.8) / 1000,
        drainMs: options.drainMs,
      },
      heapMb: options.heapMb,
      livenessMs: options.livenessMs,
      isDeploying: deploys.areOpen,
      log,
      said: (message, length) => hear(run, message, length),
      gone: (exit) => bury(run, exit),
    });
    const sink: Sink = {
      give(events) {
        needs.roots.given(events);
        process.send({ kind: 'events', events: Array.from(events) });
      },
      answers: process.answers,
    };
    const run: Running = {
      ...{ process, sink, startedAt: now(), isSafeMode, leaveGate },
      ...{ isReady: false, isStopping: false, openCalls: 0, openCharacters: 0 },
    };
    return run;
  }

  function hear(run: Running, message: Exclude<FromTenant, { kind: 'pong' }>, length: number): void {
    switch (message.kind) {
      case 'ready':
        run.isReady = true;
        run.leaveGate();
        types = new Set(message.types);
        tellWaiters(true);
        break;
      case 'running':
        feed.connect(run.sink);
        break;
      case 'ended':
        count.ended.add(feed.ended(message.ids));
        count.expired.add(Math.min(message.expired, message.ids.length));
        break;
      case 'call':
        void answer(run, message, length);
        break;
      case 'deployed':
        deploys.confirmed(message.id, message.problem);
        break;
      case 'log':
        printed.say(message.level, message.text, message.fields);
        break;
      case 'counters':
        for (const [id, nodeCounters] of Object.entries(message.nodes)) {
          if (counters.size < mostCounters || counters.has(id)) counters.set(id, nodeCounters);
        }
        break;
    }
  }

  async function answer(run: Running, { id, call }: Extract<FromTenant, { kind: 'call' }>, length: number) {
    run.openCalls += 1;
    run.openCharacters += length;
    const isTooMuch = (part: number) =>
      run.openCalls >= mostOpenCalls * part || run.openCharacters >= mostOpenCharacters * part;
    if (isTooMuch(1)) run.process.pause();
    try {
      run.process.send({ kind: 'answer', id, value: (await needs.calls(call, length)) ?? null });
    } catch (error) {
      run.process.send({ kind: 'answer', id, value: null, problem: problemOf(error) });
    }
    run.openCalls -= 1;
    run.openCharacters -= length;
    if (!isTooMuch(0.5)) run.process.resume();
  }

  function problemOf(error: unknown): Problem {
    if (!isPlatformError(error)) log.error('a request of the flows failed', { error });
    const { code, status, message } = isPlatformError(error) ? error : supervisorErrors.REQUEST_FAILED();
    return { code, status, message };
  }

  function bury(run: Running, { reason, byItself }: Exit): void {
    running = undefined;
    run.leaveGate();
    feed.disconnect({ died: !run.isStopping, byItself });
    deploys.dropAll();
    if (isStopped) return;
    if (run.isStopping) {
      if (needs.isWanted() || waiters.size > 0) launch();
      return;
    }
    count.deaths.add();
    const aliveMs = now() - run.startedAt;
    if (aliveMs >= wellAfterMs) feed.acquit();
    const pauseMs = restarts.died(aliveMs, byItself);
    log.warn('the process died and is started again', { reason, pauseMs });
    launchLater(pauseMs);
  }

  function tellWaiters(isReady: boolean): void {
    for (const tell of waiters) tell(isReady);
  }

  async function end(): Promise<void> {
    if (!running) return;
    running.isStopping = true;
    await running.process.stop(stopGraceMs);
  }

  return {
    start() {
      if (restart === undefined || restarts.areFlowsIll()) launch();
    },
    ready() {
      if (running?.isReady && !running.isStopping) return Promise.resolve(true);
      return new Promise((resolve) => {
        const tell = (isReady: boolean) => {
          waiters.delete(tell);
          clearTimeout(timer);
          resolve(isReady);
        };
        const timer = setTimeout(tell, longestReadyMs, false);
        waiters.add(tell);
      });
    },
    async deploy(flows) {
      const run = running;
      if (!run) return;
      try {
        await deploys.send(flows, run.process.send);
      } catch (error) {
        // The next process starts with what is stored.
        log.error('a deploy failed', { error });
        run.process.kill('it did not take a deploy');
      }
    },
    forgive() {
      restarts.reset();
      if (restart !== undefined) launch();
    },
    status: () =>
      running && {
        pid: running.process.pid,
        isReady: running.isReady && !running.isStopping,
        isSafeMode: running.isSafeMode,
        aliveMs: now() - running.startedAt,
      },
    types: () => types,
    counters: () => counters,
    recycle: end,
    async stop() {
      isStopped = true;
      clearTimeout(restart);
      giveUpTurn?.();
      tellWaiters(false);
      await end();
    },
  };
}
