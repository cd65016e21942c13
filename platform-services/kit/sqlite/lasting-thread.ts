/** Calls to a thread that is started again when it dies, for files whose thread holds nothing that is not in the file. */
import type { Worker } from 'node:worker_threads';
import { isPlatformError, portErrors } from '../errors.ts';
import type { Log } from '../log.ts';
import { messageOf } from './failures.ts';
import { fileClosed, type Operations, type ThreadCalls, threadCalls } from './thread-calls.ts';

export interface LastingThreadNeeds<T extends Operations> {
  readonly start: () => Worker;
  /** What a new thread has to be told before anything else. */
  readonly prepare: (thread: ThreadCalls<T>) => Promise<void>;
  readonly log: Log;
}

/**
 * Resolves when the first thread has opened its file. What a thread had not answered when it died is refused; the next call
 * starts another one, and is refused like those that wait with it when that cannot open the file.
 */
export async function lastingThread<T extends Operations>(needs: LastingThreadNeeds<T>): Promise<ThreadCalls<T>> {
  const { start, prepare, log } = needs;
  /** Undefined after a death. */
  let current: Promise<ThreadCalls<T>> | undefined;
  /** When it resolves, the file is free. */
  let left = Promise.resolve();
  let stopped = false;

  async function open(): Promise<ThreadCalls<T>> {
    await left;
    const thread = await threadCalls<T>(start(), log, undefined, (_error, exited) => {
      current = undefined;
      left = exited;
    });
    try {
      await prepare(thread);
      return thread;
    } catch (error) {
      await thread.stop();
      throw error;
    }
  }

  async function openAgain(): Promise<ThreadCalls<T>> {
    try {
      return await open();
    } catch (error) {
      current = undefined;
      throw error;
    }
  }

  async function opened(): Promise<ThreadCalls<T>> {
    if (stopped && !current) throw fileClosed();
    current ??= openAgain();
    return current;
  }

  await opened();
  return {
    call: (operation, ...args) => opened().then((thread) => thread.call(operation, ...args), refuse),
    callFor: (lane, operation, ...args) => opened().then((thread) => thread.callFor(lane, operation, ...args), refuse),
    async stop() {
      stopped = true;
      if (!current) return;
      // By the way of the calls, to come after those that were made before.
      await opened().then(
        (thread) => thread.stop(),
        (error: unknown) => log.warn('A data file that is closed could not be opened before.', { error }),
      );
    },
  };
}

/** Whoever calls wants something else than to open a file. */
function refuse(error: unknown): never {
  throw isPlatformError(error, 'STORE_UNAVAILABLE') ? error : portErrors.STORE_UNAVAILABLE(messageOf(error));
}
