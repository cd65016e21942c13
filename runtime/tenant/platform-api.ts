/** The capabilities nodes get, bound to this tenant by the channel they go through. */
import type { Execution, PlatformApi, Scheduler } from '@dojot/node-kit';
import type { Call } from '../protocol/calls.ts';
import { BusEvent } from './bus-event.ts';
import type { RunawayGuard } from './runaway.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import type { Triggers } from './triggers.ts';

interface Needs {
  readonly tenant: string;
  readonly scheduler: Scheduler;
  readonly triggers: Triggers;
  readonly supervisor: Pick<SupervisorLink, 'call'>;
  readonly runaway: RunawayGuard;
  /** ms in which the process had nothing to do, growing. */
  readonly idleTime: () => number;
  readonly flowIdOf: (tabId: string) => string | undefined;
}

export function createPlatformApi(needs: Needs): PlatformApi {
  const { tenant, scheduler, triggers, supervisor, runaway, flowIdOf, idleTime } = needs;

  async function publish(
    what: Extract<Call, { name: 'publish' }>['what'],
    execution: Execution,
    nodeId: string,
    deviceId: string,
    attrs: unknown,
  ): Promise<void> {
    // What it causes now would be caused again by a repeat of the event, without a name to know it by.
    if (execution.isOver) throw new Error('The event is over: what comes of it now is not published');
    // An inject button has none.
    const event = execution.source instanceof BusEvent ? execution.source : undefined;
    const call: Call = {
      name: 'publish',
      what,
      deviceId,
      attrs,
      generation: event ? runaway.next(event.descent, ownTime(event)) : 1,
      ...(event && { origin: event.nextOrigin(nodeId) }),
    };
    await (event ? waiting(event, () => supervisor.call(call)) : supervisor.call(call));
  }

  /** How long the flows themselves have had an event, ms. */
  function ownTime({ since, waited, wait }: BusEvent): number {
    return (wait?.since ?? idleTime()) - since - waited;
  }

  async function waiting(event: BusEvent, act: () => Promise<unknown>): Promise<void> {
    event.wait ??= { since: idleTime(), publications: 0 };
    const { wait } = event;
    wait.publications++;
    try {
      await act();
    } finally {
      wait.publications--;
      if (wait.publications === 0) {
        event.waited += idleTime() - wait.since;
        event.wait = undefined;
      }
    }
  }

  return {
    tenant,
    scheduler,
    addTrigger: triggers.add,
    flowIdOf,
    publishAttributes: (...words) => publish('attributes', ...words),
    actuate: (...words) => publish('actuation', ...words),
  };
}
