/** One child process: how it is started, talked to, watched and ended. What it says is checked before anybody hears it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Log } from '../../platform-services/kit/log.ts';
import { openLines } from '../protocol/lines.ts';
import {
  anyCall,
  type FromTenant,
  fromTenant,
  longestSaying,
  mostSayingParts,
  type StartOrder,
  type ToTenant,
} from '../protocol/messages.ts';
import { createChannelShare } from './channel-share.ts';
import { cpuWaitMs } from './cpu-wait.ts';
import { supervisorErrors } from './errors.ts';
import { createOutput } from './output.ts';
import { programFiles, tenantEntry } from './program-files.ts';

export interface TenantProcess {
  readonly pid: number | undefined;
  send(message: ToTenant): void;
  /** Resolves when its event loop answers; never, when it does not any more. */
  answers(): Promise<void>;
  /** Reads no more until `resume`: the process asks faster than it can be answered. */
  pause(): void;
  resume(): void;
  /** Asks it to stop, and kills it when it has not within `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** Kills it now; `reason` is what `Exit.reason` says. */
  kill(reason: string): void;
}

export interface Exit {
  /** One sentence for the log. */
  readonly reason: string;
  /** False when somebody outside the platform sent SIGKILL. */
  readonly byItself: boolean;
}

interface Needs {
  readonly order: StartOrder;
  readonly heapMb: number;
  /** The process is killed when it has not answered a ping for this long, ms. */
  readonly livenessMs: number;
  /** Whether it was given work that may take longer than that: flows of many megabytes. */
  readonly isDeploying: () => boolean;
  readonly log: Log;
  /** `length`: of its line, in characters. */
  readonly said: (message: Exclude<FromTenant, { kind: 'pong' }>, length: number) => void;
  /** Called once, when the process is gone. */
  readonly gone: (exit: Exit) => void;
}

/** Pings within the time a process may be silent. Counting them, not time, forgives a machine that slept. */
const pingsPerSilence = 5;
/** So many times as long it may be silent at most: until its flows run, during a deploy, and when others have the processors. */
const patience = 6;
/** What a process that does not read may let wait in our memory, bytes: its flows, a window, and room. */
const mostBacklog = 64 * 1024 * 1024;
/** Longest time a process may take until it answers its first ping, ms. */
const longestStartMs = 30_000;

/** Throws when the machine has no files or processes left for one more. */
export function startTenantProcess({ order, heapMb, livenessMs, isDeploying, log, said, gone }: Needs): TenantProcess {
  const child = spawn(
    process.execPath,
    [...heapFlags(heapMb), ...permissionFlags(order), '--no-warnings', tenantEntry, order.tenant],
    {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  // Before anything here can throw: an error nobody listens to would end the platform.
  const exited = exitOf(child);
  const channel = channelOf(child);
  const output = createOutput(log, () => performance.now());
  output.follow(child.stdout);
  output.follow(child.stderr);

  let endedBy: string | undefined;
  /** Why its channel is not read now. */
  const pauses = new Set<'calls' | 'share'>();
  let hasAnswered = false;
  /** Whether flows are about to run: starting large ones takes longer than a living process may be silent. */
  let isStarting = true;
  let unanswered = 0;
  /** What it had waited for a processor when the first of them was sent, ms. */
  let waitedBefore = 0;
  /** Whether it hung already when it was given a deploy, which cannot be why. */
  let wasSilentAtDeploy = false;
  /** Pings it has not answered, by number: who waits for that. Random numbers, so that only who reads them can answer. */
  const pings = new Map<number, (() => void) | undefined>();

  const share = createChannelShare({
    now: () => performance.now(),
    pause: () => pause('share'),
    resume: () => resume('share'),
  });
  const lines = openLines(
    channel,
    { longest: longestSaying, mostParts: mostSayingParts },
    {
      line(value, length) {
        const message = fromTenant.safeParse(value);
        if (!message.success) return refuse(value);
        if (message.data.kind === 'pong') return answered(message.data.id);
        if (isStarting && haveStarted(message.data)) started();
        said(message.data, length);
      },
      garbage: (reason) => kill(`it sent ${reason}`),
      closed: () => kill('its channel closed'),
      took: share.spent,
    },
  );

  /** Safe mode starts no flows; those of a deploy that failed go on as they were. */
  const haveStarted = (message: FromTenant) =>
    message.kind === 'running' ||
    (message.kind === 'ready' && order.safeMode) ||
    (message.kind === 'deployed' && message.problem !== undefined);

  /** The pings of a long start are answered only after its end. */
  function started(): void {
    isStarting = false;
    unanswered = 0;
  }

  /** A node that asks for what cannot be has an error; what is not even a question ends the process. */
  function refuse(value: unknown): void {
    const call = anyCall.safeParse(value);
    if (!call.success) {
      kill('it sent what no tenant process sends');
      return;
    }
    const { code, status, message } = supervisorErrors.INVALID_CALL();
    send({ kind: 'answer', id: call.data.id, value: null, problem: { code, status, message } });
  }

  function answered(id: number): void {
    if (!pings.has(id)) {
      kill('it answered a ping that nobody sent');
      return;
    }
    hasAnswered = true;
    unanswered = 0;
    wasSilentAtDeploy = false;
    pings.get(id)?.();
    pings.delete(id);
  }

  function pause(reason: 'calls' | 'share'): void {
    pauses.add(reason);
    lines.pause();
  }

  function resume(reason: 'calls' | 'share'): void {
    pauses.delete(reason);
    if (pauses.size === 0) lines.resume();
  }

  function send(message: ToTenant): void {
    if (message.kind === 'deploy') wasSilentAtDeploy = unanswered > 1;
    lines.send(message);
    if (lines.backlog() > mostBacklog) kill('it does not read what is sent to it');
  }

  function ping(told?: () => void): void {
    const id = randomInt(2 ** 48 - 1);
    pings.set(id, told);
    send({ kind: 'ping', id });
  }

  const pinging = setInterval(() => {
    if (pauses.size > 0) return;
    if (unanswered === 0) waitedBefore = cpuWait();
    if (hasAnswered && unanswered >= mostUnanswered()) return kill(`it did not answer for ${livenessMs} ms`);
    unanswered += 1;
    ping();
  }, livenessMs / pingsPerSilence);
  const starting = setTimeout(() => {
    if (!hasAnswered) kill(`it did not start within ${longestStartMs} ms`);
  }, longestStartMs);

  const cpuWait = () => (child.pid === undefined ? 0 : cpuWaitMs(child.pid));

  /** A process that got no processor is not dead: on a machine with too much to do, killing it would only add to that. */
  function mostUnanswered(): number {
    const isBusy = isStarting || (isDeploying() && !wasSilentAtDeploy);
    const most = pingsPerSilence * (isBusy ? patience : 1);
    if (unanswered < most) return most;
    const starved = Math.floor((cpuWait() - waitedBefore) / (livenessMs / pingsPerSilence));
    return Math.min(most + starved, pingsPerSilence * patience);
  }

  const ended = exited.then(({ reason, byItself }) => {
    clearInterval(pinging);
    clearTimeout(starting);
    share.stop();
    lines.close();
    gone({ reason: endedBy ?? reason, byItself: byItself || endedBy !== undefined });
  });

  function kill(reason: string): void {
    // A channel that closes because the process died is no reason of its own: `exit` follows.
    if (reason !== 'its channel closed') endedBy ??= reason;
    child.kill('SIGKILL');
  }

  send({ kind: 'start', order });
  return {
    pid: child.pid,
    send,
    answers: () => new Promise((resolve) => ping(resolve)),
    pause: () => pause('calls'),
    resume: () => resume('calls'),
    async stop(graceMs) {
      send({ kind: 'stop' });
      const timer = setTimeout(() => kill('it did not stop in time'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    kill,
  };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ reason: `it could not be started: ${error.message}`, byItself: true }));
    child.once('exit', (code, signal) =>
      resolve({ reason: `it ended with ${signal ?? `code ${code}`}`, byItself: signal !== 'SIGKILL' }),
    );
  });
}

/**
 * The young generation is bounded, too: left to itself it grows until old and young together pass the limit of the old
 * one, and then V8 marks the whole heap all the time (measured: 250 instead of 35 µs of CPU per message). Too small it is
 * copied too often (40 µs at 4 MB, 33 at 16). Marking beside the main thread costs more than it saves (33 instead of 29):
 * the heap is small, and the other cores belong to others.
 */
function heapFlags(heapMb: number): string[] {
  return [`--max-old-space-size=${heapMb}`, '--max-semi-space-size=16', '--no-concurrent-marking'];
}

/**
 * Node's permission model: code that escapes a Function node can read the program and the tenant's own folder, write the
 * latter, and start nothing. So it finds neither the data folder nor the sockets of other tenants, whose names are random.
 */
function permissionFlags({ userDir, nodePackages }: StartOrder): string[] {
  return [
    '--permission',
    ...[...programFiles, ...nodePackages, userDir].map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${userDir}`,
  ];
}

/** Without descriptors left, Node gives a child that has no streams at all. */
function channelOf(child: ChildProcess): Socket {
  const channel: Readable | object | null | undefined = child.stdio?.[3];
  if (channel instanceof Socket) return channel;
  throw new Error('A tenant process could not be given a channel');
}
