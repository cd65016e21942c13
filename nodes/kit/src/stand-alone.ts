import { type Bounds, oneTurn, Run } from './execution.ts';
import type { Done, Send } from './node-red.ts';
import type { KitNode, Message } from './platform.ts';
import { clocks } from './step-limits.ts';
import { defaultTimeLimitMs, withinLimit } from './time-limit.ts';

const unbounded: Bounds = {
  limits: { steps: Number.POSITIVE_INFINITY, roundSteps: Number.POSITIVE_INFINITY, ...clocks },
  turns: oneTurn,
};

/** One hop in a Node-RED that is not part of the platform: the message leaves through Node-RED's own `send`. */
export function runStandAlone(kit: KitNode, message: Message, send: Send, done: Done): void {
  const execution = new Run({ tenant: '', deviceId: '' }, () => undefined, unbounded);
  let isOver = false;
  const end = (error?: unknown) => {
    isOver = true;
    if (error !== undefined) kit.counters.errors++;
    kit.hopEnded(error);
    done(error);
  };
  kit.counters.received++;
  try {
    const pending = kit.handle(kit.accept(message), {
      execution,
      node: kit.node,
      send(outputs) {
        if (isOver) return;
        kit.counters.sent++;
        send(outputs);
      },
    });
    if (pending === undefined) end();
    else
      withinLimit(pending, defaultTimeLimitMs).then(end, (error: unknown) => end(error ?? new Error('unknown error')));
  } catch (error) {
    end(error);
  }
}
