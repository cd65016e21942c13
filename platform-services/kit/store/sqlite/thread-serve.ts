/** The worker's half of a conversation; `thread-calls.ts` is the other half. */
import { parentPort } from 'node:worker_threads';
import { portErrorOf, toWire } from './failures.ts';
import type { Call, FromWorker, Operations, Reply, ToWorker } from './thread-calls.ts';

export interface Served {
  /** What returns a promise is answered when that settles; later calls do not wait for it. */
  readonly operations: Operations;
  /**
   * Performs calls that have gathered, in order; default: each by itself. `perform` never throws, and within a group
   * nothing may return a promise. What this throws becomes the answer to all of them.
   */
  readonly group?: (calls: readonly Call[], perform: (call: Call) => Reply) => readonly Reply[];
  /** Closes the file. */
  close(): void;
}

/** Opens the file and answers until it is told to close. `file` names it in errors; `emit` sends events to the caller. */
export function serveThread<Event = never>(file: string, open: (emit: (event: Event) => void) => Served): void {
  const port = parentPort;
  if (!port) throw new Error('this file must be started as a worker thread');
  const say = (message: FromWorker<Event>): void => port.postMessage(message);
  let served: Served;
  try {
    served = open((event) => say({ event }));
  } catch (error) {
    say({ failed: toWire(portErrorOf(error, file)) });
    return;
  }
  let gathered: Call[] = [];

  const failed = (call: Call, error: unknown): Reply => ({ id: call.id, error: toWire(portErrorOf(error, file)) });

  function perform(call: Call): Reply {
    try {
      const operation = served.operations[call.operation];
      if (!operation) throw new Error(`there is no operation ${call.operation}`);
      return { id: call.id, value: operation(...call.args) };
    } catch (error) {
      return failed(call, error);
    }
  }

  /** Sends the reply of a call later when its value is still to come. */
  function isAnswered({ id, value }: Reply): boolean {
    if (!(value instanceof Promise)) return true;
    value.then(
      (late: unknown) => say({ replies: [{ id, value: late }] }),
      (error: unknown) => say({ replies: [{ id, error: toWire(portErrorOf(error, file)) }] }),
    );
    return false;
  }

  function performGroup(calls: Call[]): readonly Reply[] {
    if (!served.group) return calls.map(perform).filter(isAnswered);
    try {
      return served.group(calls, perform);
    } catch (error) {
      return calls.map((call) => failed(call, error));
    }
  }

  function work(): void {
    const calls = gathered;
    gathered = [];
    if (calls.length > 0) say({ replies: [...performGroup(calls)] });
  }

  port.on('message', (message: ToWorker) => {
    if ('close' in message) {
      work();
      served.close();
      port.close();
      return;
    }
    // Everything that has arrived by now is one group.
    if (gathered.length === 0) setImmediate(work);
    gathered.push(...message.calls);
  });
  say({ opened: true });
}
