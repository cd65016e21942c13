import type { EventSource, Message, PlatformApi, Trigger, TriggerEvent } from '../../src/index.ts';
import { createScheduler } from '../../src/index.ts';

export interface Published {
  readonly kind: 'attributes' | 'actuation';
  readonly deviceId: string;
  readonly attrs: unknown;
}

export interface FakePlatform {
  readonly api: PlatformApi;
  readonly triggers: Set<Trigger>;
  readonly published: Published[];
  /** Runs what the scheduler gives to nodes outside the kit: here nothing but their ids. */
  readonly outside: { id: string; message: Message }[];
  matching(event: TriggerEvent, deviceId: string, templates?: string[]): number;
}

/** The capabilities of the platform, kept in memory; publishing resolves in a later turn, as a durable write does. */
export function createFakePlatform(): FakePlatform {
  const triggers = new Set<Trigger>();
  const published: Published[] = [];
  const outside: FakePlatform['outside'] = [];
  const scheduler = createScheduler({
    resolve: (from, id) => ({ ...from, id }),
    placeOf: () => undefined,
    within: (_place, show) => show(),
    handOver: (_execution, { id }, message) => void outside.push({ id, message }),
  });
  const publish = async (kind: Published['kind'], deviceId: string, attrs: unknown) => {
    await new Promise((resolve) => setImmediate(resolve));
    published.push({ kind, deviceId, attrs });
  };
  return {
    triggers,
    published,
    outside,
    matching: (event, deviceId, templates = []) =>
      [...triggers].filter((trigger) => trigger.matches(event, deviceId, templates)).length,
    api: {
      tenant: 'admin',
      scheduler,
      addTrigger(trigger) {
        triggers.add(trigger);
        return () => void triggers.delete(trigger);
      },
      flowIdOf: (tab) => (tab === 'tab' ? 'flow-1' : undefined),
      publishAttributes: (_execution, _nodeId, deviceId, attrs) => publish('attributes', deviceId, attrs),
      actuate: (_execution, _nodeId, deviceId, attrs) => publish('actuation', deviceId, attrs),
    },
  };
}

/** Fires a trigger with a message and waits for the end. Resolves with the number of branches that failed. */
export function fire(platform: FakePlatform, trigger: Trigger, source: EventSource, message: Message): Promise<number> {
  const { scheduler } = platform.api;
  return new Promise((resolve) => {
    const execution = scheduler.begin(source, ({ errors }) => resolve(errors));
    trigger.fire(execution, message);
    scheduler.seal(execution);
  });
}
