import { type Bounds, oneTurn, Run } from './execution.ts';
import { HandOver } from './hand-over.ts';
import { KitHop, type Track } from './hop.ts';
import { jsonCopy } from './json-copy.ts';
import type { Path } from './path.ts';
import type { Execution, Message, NodeBridge, Scheduler, Turns } from './platform.ts';
import { clocks, type Limits } from './step-limits.ts';
import { defaultTimeLimitMs } from './time-limit.ts';
import { createWiring, type Link, type Station } from './wiring.ts';

export interface SchedulerOptions {
  /** What is more is taken for a runaway loop. */
  readonly limits?: Partial<Limits>;
  readonly timeLimitMs?: number;
  /** Without it a run goes as far as it can at once. */
  readonly turns?: Turns;
}

/** The hop scheduler (contract flows-and-nodes §7): see `Scheduler`. */
export function createScheduler(bridge: NodeBridge, options: SchedulerOptions = {}): Scheduler {
  const wiring = createWiring(bridge);
  const bounds: Bounds = {
    limits: { steps: 1_000_000, roundSteps: 10_000, ...clocks, ...options.limits },
    turns: options.turns ?? oneTurn,
  };
  const track: Track = {
    bridge,
    wiring,
    timeLimitMs: options.timeLimitMs ?? defaultTimeLimitMs,
  };

  return {
    begin: (source, ended, parked) => new Run(source, ended, bounds, undefined, parked),
    follow: (execution) => runOf(execution).successor(),
    fire(execution, from, message) {
      const run = runOf(execution);
      const station = wiring.find(from);
      if (station === undefined) return;
      station.kit.counters.received++;
      wiring
        .links(station)
        .flat()
        .forEach((link, index) => {
          const path = run.stepTo(typeof link === 'string' ? link : link.kit.node.id, undefined);
          if (path === undefined) return;
          station.kit.counters.sent++;
          // All copies are made before the first branch begins: it may change the message it was given.
          run.addFirst(stepTo(track, run, station, link, index === 0 ? message : jsonCopy(message), path));
        });
      run.drain();
    },
    seal: (execution) => runOf(execution).seal(),
    register: (kit) => wiring.register(kit),
    receive(kit, message, source, done) {
      const place = bridge.placeOf(message);
      const known = place && runOf(place.execution);
      const run = known && !known.isOver ? known : new Run(source, () => undefined, bounds);
      run.add(new KitHop(track, run, wiring.station(kit), kit.accept(message), place?.path, done));
      run.drain();
      if (run !== known) run.seal();
    },
    invalidate: () => wiring.invalidate(),
    kitNodes: () => wiring.kitNodes(),
  };
}

function stepTo(track: Track, run: Run, from: Station, link: Link, message: Message, path: Path) {
  if (typeof link === 'string') return new HandOver(track.bridge, run, from.kit.node, link, message, path);
  return new KitHop(track, run, link, message, path);
}

function runOf(execution: Execution): Run {
  if (execution instanceof Run) return execution;
  throw new Error('This execution was not begun by this scheduler');
}
