/** Starts a worker thread from a file beside the caller, from source (tests, tools) as from the build. */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** `name` has no extension: the worker takes the one of the calling module (`import.meta.url`). */
export function startWorker(callerUrl: string, name: string, options: WorkerOptions): Worker {
  const extension = callerUrl.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`${name}${extension}`, callerUrl), options);
}
