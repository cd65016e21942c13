/** The requests of each connection that have not been answered yet: with pipelining there can be several (RFC 9112 §9.3.2). */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface DueAnswers {
  /** Answers requests, as long as not too many of one connection wait: then the connection is cut. */
  readonly answer: RequestListener;
  /** Calls back at once or when the requests that have come whole are answered. */
  whenAnswered(socket: Duplex, then: () => void): void;
  /** Whether an answer to the request that is being received has begun. */
  hasBegun(socket: Duplex): boolean;
}

/** Nobody sends so many ahead but to make work. */
const mostOfOneConnection = 100;

export function dueAnswers(answer: RequestListener): DueAnswers {
  const due = new WeakMap<Duplex, Set<ServerResponse>>();
  const of = (socket: Duplex) => due.get(socket) ?? new Set<ServerResponse>();
  const whole = (socket: Duplex) => [...of(socket)].filter(({ req }) => req.complete);

  return {
    answer(request: IncomingMessage, response) {
      const { socket } = request;
      const waiting = of(socket).add(response);
      due.set(socket, waiting);
      response.once('close', () => waiting.delete(response));
      if (waiting.size > mostOfOneConnection) socket.destroy();
      else answer(request, response);
    },
    whenAnswered(socket, then) {
      const last = whole(socket).at(-1);
      if (last) last.once('close', then);
      else then();
    },
    hasBegun: (socket) => [...of(socket)].some(({ headersSent }) => headersSent),
  };
}
