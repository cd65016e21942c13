/**
 * Bus events on their way into the flows: one event of a device at a time, different devices at once (contract
 * flows-and-nodes §7). An event has ended when every branch of it has, or when its lease ran out; the next of its device
 * begins then, or as soon as all that is left of it waits (a delay, an answer over HTTP), as in Node-RED.
 */
import { type Execution, jsonCopy, type Message, type Scheduler, type Turns } from '@dojot/node-kit';
import type { DeviceFacts } from '../protocol/calls.ts';
import type { FlowEvent } from '../protocol/messages.ts';
import { BusEvent } from './bus-event.ts';
import type { Devices } from './devices.ts';
import { type DeviceEvent, readEvent } from './envelope.ts';
import { descentOf } from './origin.ts';
import { Refusal } from './supervisor-link.ts';
import type { TenantLog } from './tenant-log.ts';
import type { Triggers } from './triggers.ts';

interface Needs {
  readonly tenant: string;
  readonly devices: Devices;
  readonly triggers: Triggers;
  readonly scheduler: Scheduler;
  readonly turns: Turns;
  readonly log: TenantLog;
  readonly leaseMs: number;
  /** ms, growing. */
  readonly now: () => number;
  /** ms in which the process had nothing to do, growing: tells whether a flow waited on purpose. */
  readonly idleTime: () => number;
  /** The event has ended; `expired`: its lease ran out. */
  readonly ended: (id: number, expired: boolean) => void;
  /** Where messages of an execution are, in words. */
  readonly whereabouts: (execution: Execution) => string;
}

export interface Intake {
  take(event: FlowEvent): void;
  /** No event begins until `resume`. */
  pause(): void;
  resume(): void;
  /** Events inside the flows now. */
  active(): number;
  /** Ends the events whose lease ran out, and asks again for devices that could not be asked for. */
  sweep(): void;
}

/** An event that has begun and not ended. */
interface Running {
  readonly event: FlowEvent;
  readonly deadline: number;
  readonly queue: Queue;
  execution?: Execution;
}

/** The events of one device, in order, except those that only wait inside some node. */
interface Queue {
  readonly deviceId: string;
  readonly waiting: { readonly event: FlowEvent; readonly device: DeviceEvent }[];
  /** The one that the next has to wait for. */
  running: Running | undefined;
  /** Its loop below runs now: an event that ends within its own beginning must not start a second one. */
  isAdvancing: boolean;
  /** The loop goes on in a later turn of the event loop. */
  isPutOff: boolean;
}

export function createIntake(needs: Needs): Intake {
  /** By device id; only devices with events. */
  const queues = new Map<string, Queue>();
  const running = new Set<Running>();
  /** What to do again at the next sweep, by the event that waits for it. */
  const again = new Map<Running, () => void>();
  let isPaused = false;

  function queueOf(deviceId: string): Queue {
    const known = queues.get(deviceId);
    if (known) return known;
    const fresh: Queue = { deviceId, waiting: [], running: undefined, isAdvancing: false, isPutOff: false };
    queues.set(deviceId, fresh);
    return fresh;
  }

  /** Begins events of a device until one of them takes longer than this turn. */
  function advance(queue: Queue): void {
    if (queue.isAdvancing || queue.isPutOff) return;
    queue.isAdvancing = true;
    while (!queue.running && !isPaused) {
      if (queue.waiting.length > 0 && !needs.turns.hasTime()) {
        putOff(queue);
        break;
      }
      const next = queue.waiting.shift();
      if (!next) {
        queues.delete(queue.deviceId);
        break;
      }
      begin(queue, next.event, next.device);
    }
    queue.isAdvancing = false;
  }

  function putOff(queue: Queue): void {
    queue.isPutOff = true;
    needs.turns.later(() => {
      queue.isPutOff = false;
      advance(queue);
    });
  }

  function begin(queue: Queue, event: FlowEvent, device: DeviceEvent): void {
    const run: Running = { event, queue, deadline: needs.now() + needs.leaseMs };
    queue.running = run;
    running.add(run);
    attempt(run, () => lookUp(run, device));
  }

  function lookUp(run: Running, device: DeviceEvent): void {
    const facts = needs.devices.learn(device);
    if (!(facts instanceof Promise)) {
      fire(run, device, facts);
      return;
    }
    facts.then(
      (known) => goOn(run, () => fire(run, device, known)),
      (error: unknown) => {
        if (isPassing(error)) putAside(run, () => lookUp(run, device));
        else goOn(run, () => refuse(run, error));
      },
    );
  }

  /** The registry is out of order: a reading that was acknowledged must not be lost for it. */
  function putAside(run: Running, act: () => void): void {
    if (!running.has(run)) return;
    needs.log.say('warn', 'A device cannot be asked for now; its event waits', placeOf(run.event));
    again.set(run, act);
  }

  /** The registry answered, for many devices at once when they all reported after a deploy: each goes on in its turn. */
  function goOn(run: Running, act: () => void): void {
    if (!needs.turns.hasTime()) {
      needs.turns.later(() => goOn(run, act));
      return;
    }
    // An event whose lease ran out meanwhile has ended, and the next may have begun.
    if (!running.has(run)) return;
    attempt(run, act);
    advance(run.queue);
  }

  function attempt(run: Running, act: () => void): void {
    try {
      act();
    } catch (error) {
      refuse(run, error);
    }
  }

  function fire(run: Running, device: DeviceEvent, facts: DeviceFacts | undefined): void {
    const triggers = facts ? needs.triggers.select(device.event, device.deviceId, facts.templates) : [];
    if (triggers.length === 0) {
      end(run, false);
      return;
    }
    const source = new BusEvent(device.source, descentOf(run.event), needs.idleTime());
    const execution = needs.scheduler.begin(
      source,
      () => end(run, false),
      () => makeWay(run),
    );
    run.execution = execution;
    const envelope = device.envelope(facts);
    const messages = triggers.map((): Message => ({ payload: jsonCopy(envelope) }));
    for (const [index, message] of messages.entries()) triggers[index]?.fire(execution, message);
    needs.scheduler.seal(execution);
  }

  /** It ends once; the next event of its device begins if it waited for this one. */
  function end(run: Running, expired: boolean): void {
    if (!running.delete(run)) return;
    again.delete(run);
    needs.ended(run.event.id, expired);
    makeWay(run);
  }

  function makeWay(run: Running): void {
    if (run.queue.running !== run) return;
    run.queue.running = undefined;
    advance(run.queue);
  }

  function refuse(run: Running, error: unknown): void {
    needs.log.say('error', `An event could not be handed to the flows: ${String(error)}`, placeOf(run.event));
    end(run, false);
  }

  return {
    take(event) {
      const device = read(event);
      if (!device) return needs.ended(event.id, false);
      const queue = queueOf(device.deviceId);
      queue.waiting.push({ event, device });
      advance(queue);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const queue of Array.from(queues.values())) advance(queue);
    },
    active: () => running.size,
    sweep() {
      for (const run of running) {
        if (needs.now() < run.deadline) break;
        const where = run.execution ? needs.whereabouts(run.execution) : 'asking for the device';
        needs.log.say('warn', `An event did not end within its lease and is given up: ${where}`, placeOf(run.event));
        end(run, true);
      }
      const retried = Array.from(again);
      again.clear();
      for (const [run, act] of retried) goOn(run, act);
    },
  };

  function read(event: FlowEvent): DeviceEvent | undefined {
    try {
      return readEvent(needs.tenant, event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      needs.log.say('warn', `A message that cannot be read is dropped: ${reason}`, placeOf(event));
      return undefined;
    }
  }
}

/** It may be over when asked again. */
const isPassing = (error: unknown): boolean => error instanceof Refusal && error.status >= 500;

const placeOf = ({ topic, partition, offset }: FlowEvent) => ({ topic, partition, offset });
