/** The caller's half of a conversation with a worker thread that owns a data file; `thread-serve.ts` is the other half. */
import type { Worker } from 'node:worker_threads';
import { portErrors } from '../errors.ts';
import type { Log } from '../log.ts';
import { fromWire, type WireError } from './failures.ts';
import { platformLane } from './lanes.ts';

/** What a worker can do: plain functions by name; arguments and results are cloned. A type alias, not an interface. */
export type Operations = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Call {
  readonly id: number;
  /** Whose turn it takes (`lanes.ts`). */
  readonly lane: string;
  readonly operation: string;
  readonly args: never[];
}

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: WireError;
}

/** What the worker says: that the file is open, or why not; then replies, and events that nobody asked for. */
export type FromWorker<Event> =
  | { readonly opened: true }
  | { readonly failed: WireError }
  | { readonly replies: Reply[] }
  | { readonly event: Event };
export type ToWorker = { readonly calls: Call[] } | { readonly close: true };

export interface ThreadCalls<T extends Operations> {
  call<Name extends keyof T & string>(name: Name, ...args: Parameters<T[Name]>): Promise<Awaited<ReturnType<T[Name]>>>;
  /** The same in the turn of a tenant, so that he keeps none but himself waiting. */
  callFor<Name extends keyof T & string>(
    lane: string,
    name: Name,
    ...args: Parameters<T[Name]>
  ): Promise<Awaited<ReturnType<T[Name]>>>;
  /** Lets what is under way finish, closes the file and ends the thread; later calls are refused. */
  stop(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Resolves when the worker has opened its file. Calls of one turn travel together; those of one lane are taken in order.
 * `onDeath`, when the thread ends by itself and every call is refused (`exited`: its file is closed): default is that the
 * process ends, as what the thread held in memory is gone and a process without it would only look alive.
 */
export async function threadCalls<T extends Operations, Event = never>(
  worker: Worker,
  log: Log,
  onEvent?: (event: Event) => void,
  onDeath: (error: Error, exited: Promise<void>) => void = endProcess,
): Promise<ThreadCalls<T>> {
  const waiting = new Map<number, Waiting>();
  let outbox: Call[] = [];
  let lastId = 0;
  let ended: Error | undefined;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  function end(reason: Error): void {
    ended ??= reason;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }

  function settle({ id, value, error }: Reply): void {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error) caller?.reject(fromWire(error));
    else caller?.resolve(value);
  }

  function send(): void {
    const message: ToWorker = { calls: outbox };
    outbox = [];
    worker.postMessage(message);
  }

  await Promise.race([opened(worker), exited.then(() => Promise.reject(fileClosed()))]);
  worker.on('message', (message: FromWorker<Event>) => {
    if ('replies' in message) message.replies.forEach(settle);
    else if ('event' in message) onEvent?.(message.event);
  });
  worker.on('error', (error: Error) => {
    log.error('The thread of a data file died.', { error });
    end(portErrors.STORE_UNAVAILABLE('its thread died'));
    onDeath(error, exited);
  });
  exited.then(() => end(fileClosed()));

  const callFor: ThreadCalls<T>['callFor'] = (lane, operation, ...args) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      if (outbox.length === 0) queueMicrotask(send);
      lastId += 1;
      outbox.push({ id: lastId, lane, operation, args });
      waiting.set(lastId, { resolve, reject });
    });

  return {
    call: (operation, ...args) => callFor(platformLane, operation, ...args),
    callFor,
    async stop() {
      if (!ended) {
        ended = fileClosed();
        const message: ToWorker = { close: true };
        // After the calls of this turn, which leave in a microtask of their own.
        queueMicrotask(() => worker.postMessage(message));
      }
      await exited;
    },
  };
}

function endProcess(error: Error): void {
  // Outside every promise, so that nobody catches it.
  setImmediate(() => {
    throw error;
  });
}

/** For calls after `stop`. */
export function fileClosed(): Error {
  return portErrors.STORE_UNAVAILABLE('the file is closed');
}

function opened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: FromWorker<never>) => {
      worker.off('error', reject);
      if ('failed' in message) reject(fromWire(message.failed));
      else resolve();
    });
  });
}
