import { jsonCopy } from '../../src/json-copy.ts';
import type {
  Execution,
  Handler,
  KitNode,
  Message,
  NodeBridge,
  Path,
  Place,
  RuntimeNode,
  Scheduler,
} from '../../src/platform.ts';
import { createScheduler, type SchedulerOptions } from '../../src/scheduler.ts';

export interface Bench {
  readonly scheduler: Scheduler;
  /** Adds a kit node. */
  add(id: string, wires: string[][], handle: Handler): KitNode;
  /** Adds a node of Node-RED, which gets messages through the bridge. */
  addForeign(id: string, receive: (execution: Execution, message: Message, path: Path) => void): void;
  /** Fires a message from a source wired to these nodes; resolves when the execution has ended. */
  run(targets: string[], message: Message): Promise<Execution>;
  /** Makes a message known as part of an execution. */
  readonly known: Map<Message, Place>;
  /** Errors that nodes reported: node id and text. */
  readonly errors: string[];
  readonly completed: string[];
  readonly watched: Set<string>;
  /** Where messages were shown to catch and complete nodes. */
  readonly places: Place[];
  /** What hangs on a kit node by id; taken away by a deploy. */
  readonly nodes: Map<string, RuntimeNode>;
}

const ignore = () => undefined;

/** A scheduler with a bridge that lives in memory. Its clocks stand still, unless `options` has others. */
export function createBench(options?: SchedulerOptions): Bench {
  const nodes = new Map<string, RuntimeNode>();
  const foreign = new Map<string, (execution: Execution, message: Message, path: Path) => void>();
  const known = new Map<Message, Place>();
  const errors: string[] = [];
  const completed: string[] = [];
  const watched = new Set<string>();
  const places: Place[] = [];
  const bridge: NodeBridge = {
    resolve: (_from, id) => nodes.get(id),
    placeOf: (message) => known.get(message),
    within(place, show) {
      places.push(place);
      show();
    },
    handOver: (execution, target, message, path) => foreign.get(target.id)?.(execution, message, path),
  };
  const scheduler = createScheduler(bridge, {
    ...options,
    limits: { now: () => 0, idle: () => 0, ...options?.limits },
  });

  function createNode(id: string, wires: string[][]): RuntimeNode {
    const error = (reason: unknown) => void errors.push(`${id}: ${reason instanceof Error ? reason.message : reason}`);
    return { id, type: 'test', z: 'tab', wires, receive: ignore, error, warn: ignore, status: ignore };
  }

  function add(id: string, wires: string[][], handle: Handler): KitNode {
    const node = createNode(id, wires);
    const kit: KitNode = {
      node,
      handle,
      counters: { received: 0, sent: 0, errors: 0 },
      accept: jsonCopy,
      copy: jsonCopy,
      hopEnded: ignore,
      completion: { isWatched: () => watched.has(id), tell: () => void completed.push(id) },
    };
    nodes.set(id, node);
    scheduler.register(kit);
    return kit;
  }

  return {
    scheduler,
    add,
    known,
    errors,
    completed,
    watched,
    places,
    nodes,
    addForeign(id, receive) {
      nodes.set(id, createNode(id, []));
      foreign.set(id, receive);
    },
    run(targets, message) {
      const source = add('source', [targets], ignore);
      return new Promise((resolve) => {
        const execution = scheduler.begin({ tenant: 'admin', deviceId: 'd1' }, resolve);
        scheduler.fire(execution, source.node, message);
        scheduler.seal(execution);
      });
    },
  };
}
