/** The tenant process's end of the channel to its supervisor: the only thing it can talk to. */
import type { Duplex } from 'node:stream';
import type { Call } from '../protocol/calls.ts';
import { openLines } from '../protocol/lines.ts';
import { type FromTenant, longestOrder, type Problem, type ToTenant, toTenant } from '../protocol/messages.ts';

export interface SupervisorLink {
  /** Resolves to the supervisor's answer; rejects with a `Refusal` when it refuses. */
  call(call: Call): Promise<unknown>;
  tell(message: FromTenant): void;
  /** Writes what is queued before this turn of the event loop ends. */
  flush(): void;
}

/** What the supervisor refused, in the form Node-RED passes on to the browser. */
export class Refusal extends Error {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;

  constructor({ code, status, message }: Problem) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** `told` gets what the supervisor says of its own accord; `closed` is called when it is gone. */
export function openSupervisorLink(
  stream: Duplex,
  told: (message: Exclude<ToTenant, { kind: 'answer' }>) => void,
  closed: () => void,
): SupervisorLink {
  /** Calls not answered yet, by their id. */
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  const lines = openLines(
    stream,
    { longest: longestOrder },
    {
      line(value) {
        const message = toTenant.parse(value);
        if (message.kind === 'answer') answered(message);
        else told(message);
      },
      garbage: closed,
      closed,
    },
  );

  function answered({ id, value, problem }: Extract<ToTenant, { kind: 'answer' }>): void {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (problem) caller?.reject(new Refusal(problem));
    else caller?.resolve(value);
  }

  return {
    call(call) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        lines.send({ kind: 'call', id, call } satisfies FromTenant);
      });
    },
    tell: (message) => lines.send(message),
    flush: () => {
      lines.flush();
    },
  };
}
