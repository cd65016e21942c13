/** The worker's half of a conversation; `thread-calls.ts` is the other half. */
import { parentPort } from 'node:worker_threads';
import { openError, portErrorOf, toWire } from './failures.ts';
import { lanes } from './lanes.ts';
import type { Call, FromWorker, Operations, Reply, ToWorker } from './thread-calls.ts';

export interface Served {
  /** What returns a promise is answered when that settles; later calls do not wait for it. */
  readonly operations: Operations;
  /**
   * Performs calls one after another until `next` has no more; default: each by itself. `perform` never throws, and within
   * a group nothing may return a promise. What this throws becomes the answer to all of them.
   */
  readonly group?: (next: () => Call | undefined, perform: (call: Call) => Reply) => readonly Reply[];
  /** Closes the file. */
  close(): void;
}

/** ms after which a group takes no more calls: what waits is answered, and what has come meanwhile gets its turn. */
const groupLength = 20;

/** Opens the file and answers until it is told to close. `file` names it in errors; `emit` sends events to the caller. */
export function serveThread<Event = never>(file: string, open: (emit: (event: Event) => void) => Served): void {
  const port = parentPort;
  if (!port) throw new Error('this file must be started as a worker thread');
  const say = (message: FromWorker<Event>): void => port.postMessage(message);
  let served: Served;
  try {
    served = open((event) => say({ event }));
  } catch (error) {
    say({ failed: toWire(openError(error, file)) });
    return;
  }
  const waiting = lanes<Call>();
  let working = false;

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

  function performGroup(first: Call): readonly Reply[] {
    const taken: Call[] = [];
    const end = performance.now() + groupLength;
    const next = (): Call | undefined => {
      if (taken.length > 0 && performance.now() >= end) return undefined;
      const call = taken.length === 0 ? first : waiting.take();
      if (call) taken.push(call);
      return call;
    };
    try {
      return (served.group ?? oneByOne)(next, perform).filter(isAnswered);
    } catch (error) {
      return taken.map((call) => failed(call, error));
    }
  }

  /** Returns whether there was anything to do. */
  function work(): boolean {
    const first = waiting.take();
    if (first) say({ replies: [...performGroup(first)] });
    return first !== undefined;
  }

  function workOn(): void {
    working = work();
    // What has arrived during this group takes part in the next.
    if (working) setImmediate(workOn);
  }

  port.on('message', (message: ToWorker) => {
    if ('close' in message) {
      while (work());
      served.close();
      port.close();
      return;
    }
    for (const call of message.calls) waiting.add(call.lane, call);
    if (!working) setImmediate(workOn);
    working = true;
  });
  say({ opened: true });
}

function oneByOne(next: () => Call | undefined, perform: (call: Call) => Reply): readonly Reply[] {
  const replies: Reply[] = [];
  for (let call = next(); call; call = next()) replies.push(perform(call));
  return replies;
}
