/** The bus's side of the log worker: sends requests, matches replies, starts the worker again when it dies. */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { portErrors } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { fromWire } from '../../sqlite/failures.ts';
import { startWorker } from '../../worker.ts';
import type { Envelope, Notice, Reply, Request } from './protocol.ts';

export type Answer<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;
export type Catalogue = Answer<'opened'>;

/** A request was under way when the worker died: whether it was done shows when the log is open again. */
export class WorkerDied extends Error {}

export interface LogClient {
  /** Rejects with a `PlatformError` when the worker failed, with `WorkerDied` when it died. */
  ask<Kind extends Reply['kind']>(request: Request, kind: Kind): Promise<Answer<Kind>>;
  /** Resolves when the log is open, at once or after the restart under way; rejects when that restart failed. */
  ready(): Promise<void>;
  /** Closes the file and ends the thread. */
  stop(): Promise<void>;
}

export interface LogClientNeeds {
  readonly file: string;
  readonly checkpointBytes: number;
  readonly log: Log;
  /** Called when the log is open again after its worker died, before anything else is asked. */
  readonly onReopened: (catalogue: Catalogue) => void;
  /** For tests that kill the thread. */
  readonly onWorker?: (worker: Worker) => void;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly worker: Worker;
  /** By request id. */
  readonly waiting: Map<number, Waiting>;
  readonly exited: Promise<void>;
}

/** ms before the worker is started again after a failed start: the first pause is doubled until it is the longest. */
const restartPauses = { first: 100, longest: 30_000 };

/** Resolves when the log is open, with what it holds; rejects with the reason why it cannot be opened. */
export async function openLogClient(needs: LogClientNeeds): Promise<{ client: LogClient; catalogue: Catalogue }> {
  const { file, checkpointBytes, log, onReopened } = needs;
  let running: Running | undefined;
  let opening = Promise.resolve();
  let nextId = 1;
  let stopping = false;
  let retry: NodeJS.Timeout | undefined;

  function post(target: Running, body: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const envelope: Envelope<Request> = { id: nextId++, body };
      target.waiting.set(envelope.id, { resolve, reject });
      target.worker.postMessage(envelope);
    });
  }

  async function open(): Promise<Catalogue> {
    const started = runWorker({ workerData: { file, checkpointBytes } }, log, died);
    needs.onWorker?.(started.worker);
    const reply = await post(started, { kind: 'open' });
    if (reply.kind !== 'opened') {
      await started.worker.terminate();
      throw reply.kind === 'failed' ? fromWire(reply.error) : unexpected(reply);
    }
    running = started;
    return reply;
  }

  /** The thread has ended without being asked to. */
  function died(dead: Running, reason: string): void {
    for (const { reject } of dead.waiting.values()) reject(new WorkerDied(reason));
    dead.waiting.clear();
    if (running !== dead) return;
    running = undefined;
    if (stopping) return;
    log.error('the log worker has died and is started again', { reason });
    reopen(restartPauses.first);
  }

  /** Tries until it succeeds; whoever waits learns of the first attempt. */
  function reopen(pause: number): void {
    opening = open().then(onReopened);
    opening.then(
      () => log.info('the message log is open again'),
      (error: unknown) => {
        log.error('the message log cannot be opened', { error, retryInMs: pause });
        if (!stopping) retry = setTimeout(reopen, pause, Math.min(pause * 2, restartPauses.longest));
      },
    );
  }

  const catalogue = await open();
  const client: LogClient = {
    async ask(request, kind) {
      if (!running) throw portErrors.BUS_UNAVAILABLE('the message log is not open');
      const reply = await post(running, request);
      if (isKind(reply, kind)) return reply;
      throw reply.kind === 'failed' ? fromWire(reply.error) : unexpected(reply);
    },
    ready: () => opening,
    async stop() {
      stopping = true;
      clearTimeout(retry);
      await Promise.allSettled([opening]);
      if (!running) return;
      const { exited } = running;
      const reply = await post(running, { kind: 'close' });
      await exited;
      if (reply.kind === 'failed') throw fromWire(reply.error);
    },
  };
  return { client, catalogue };
}

function runWorker(options: WorkerOptions, log: Log, died: (dead: Running, reason: string) => void): Running {
  const worker = startWorker(import.meta.url, './log-worker', options);
  const waiting = new Map<number, Waiting>();
  const { promise: exited, resolve: exit } = Promise.withResolvers<void>();
  const self: Running = { worker, waiting, exited };
  let reason = 'it ended';
  worker.on('message', ({ id, body }: Envelope<Reply | Notice>) => {
    if (body.kind === 'checkpoint') return logCheckpoint(log, body);
    waiting.get(id)?.resolve(body);
    waiting.delete(id);
  });
  worker.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', () => {
    died(self, reason);
    exit();
  });
  return self;
}

function logCheckpoint(log: Log, { reason }: Notice): void {
  if (reason === undefined) log.info('the journal of the message log is moved into its file again');
  else log.warn('the journal of the message log cannot be moved into its file and grows', { reason });
}

function isKind<Kind extends Reply['kind']>(reply: Reply, kind: Kind): reply is Answer<Kind> {
  return reply.kind === kind;
}

function unexpected(reply: Reply): Error {
  return new Error(`the log worker answered "${reply.kind}" to another question`);
}
