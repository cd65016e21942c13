/**
 * What the platform offers to nodes, already bound to one tenant. The tenant process puts it into `settings.platform`; the
 * plugin `dojot-platform` publishes it; `defineNode` fetches it. It holds no credentials and no clients.
 */

import type { Path } from './path.ts';

export type { Path };
export type Message = Record<string, unknown>;

/** The bus event that started a run, as nodes may know it (contract flows-and-nodes §6.3 "side data"). */
export interface EventSource {
  readonly tenant: string;
  /** Empty for a run that no device started (an inject button). */
  readonly deviceId: string;
  /** Epoch ms of a reading; absent for events of the registry. */
  readonly timestamp?: number;
}

/** One bus event on its way through the flows: ends when every branch has ended. */
export interface Execution {
  readonly source: EventSource;
  /** Branches that ended with an error so far. */
  readonly errors: number;
  /** True once `ended` was called; what comes later is ignored. */
  readonly isOver: boolean;
  /** Something of this execution goes on outside the scheduler (a message inside a node the kit does not run). */
  hold(): void;
  /** The counterpart of one `hold`; the last one lets the execution end. */
  release(): void;
  /** One of the holds is a message in a node that waits for its time or for the world outside: nobody has to wait with it. */
  park(): void;
  /** The counterpart of one `park`, before the hold is released. */
  unpark(): void;
  /** Counts a branch that ended with an error inside a node the kit does not run. */
  countError(): void;
  /**
   * Counts a message that is sent to a node, having come there by `from` (undefined where that is not known). Undefined
   * when it must not be delivered: the execution ran away. With a `refusal` it ends at that node with this error.
   */
  stepTo(nodeId: string, from: Path | undefined): Path | undefined;
  /** Called when the node begins to work on what came this way; false when it must not: the execution ran away. */
  enter(path: Path): boolean;
}

export type TriggerEvent = 'publish' | 'configure' | 'create' | 'update' | 'remove';

/** A trigger node as the selection sees it (contract §6.3). */
export interface Trigger {
  readonly nodeId: string;
  readonly matches: (event: TriggerEvent, deviceId: string, templates: readonly string[]) => boolean;
  /** Called with the first message, `{payload: envelope}`, its own copy. */
  readonly fire: (execution: Execution, message: Message) => void;
}

export interface PlatformApi {
  readonly tenant: string;
  readonly scheduler: Scheduler;
  /** Registers a trigger; the returned function removes it. */
  addTrigger(trigger: Trigger): () => void;
  /** The REST id of the flow a tab belongs to. */
  flowIdOf(tabId: string): string | undefined;
  /** Publishes `{attrs, metadata}` on `device-data` for a device; resolves when durable. */
  publishAttributes(execution: Execution, nodeId: string, deviceId: string, attrs: unknown): Promise<void>;
  /** Publishes a `configure` event to a device; resolves when durable. */
  actuate(execution: Execution, nodeId: string, deviceId: string, attrs: unknown): Promise<void>;
}

/** The part of a Node-RED node the kit relies on. */
export interface RuntimeNode {
  readonly id: string;
  readonly type: string;
  readonly z: string;
  readonly name?: string;
  readonly wires: readonly (readonly string[])[];
  receive(message: Message): void;
  error(error: unknown, message?: Message): void;
  warn(text: unknown): void;
  status(status: { fill?: string; shape?: string; text?: string }): void;
}

/** What the runtime may read of a node built with the kit, at any time. */
export interface Counters {
  /** Messages the node began to work on. */
  received: number;
  /** Messages it put on a wire, one per wire. */
  sent: number;
  errors: number;
}

/** One node working on one message (contract §7 "hop"), as its handler sees it. */
export interface Hop {
  readonly execution: Execution;
  readonly node: RuntimeNode;
  /**
   * Element i goes to all wires of output i; null is nothing. A single message is output 0. What was sent belongs to who
   * gets it: it must not be changed any more.
   */
  readonly send: (outputs: Message | readonly Output[]) => void;
}

/** What one output sends: nothing, a message, or several one after the other. */
export type Output = Message | readonly Message[] | null | undefined;

/** Works on one message; throwing or rejecting ends the branch with that error. */
export type Handler = (message: Message, hop: Hop) => void | Promise<void>;

/** A node built with the kit, as the scheduler runs it: without Node-RED's router between two of them. */
export interface KitNode {
  readonly node: RuntimeNode;
  readonly counters: Counters;
  readonly handle: Handler;
  /** The form in which this node takes a message that comes from Node-RED's router. */
  readonly accept: (message: Message) => Message;
  /** The copy a wire gets when the message is not handed on as it is. */
  readonly copy: (message: Message) => Message;
  /** Called after each hop, with the error that ended it: the light on the node. */
  readonly hopEnded: (error: unknown) => void;
  /** The `complete` nodes that watch this node, when there are any: they get a copy of the message. */
  readonly completion: { isWatched(): boolean; tell(message: Message): void };
}

/**
 * Runs an execution hop by hop (contract §7): breadth-first, outputs in index order, wires in list order, each wire with
 * its own copy. Kit nodes call each other directly; other nodes are reached and left through `NodeBridge`.
 */
export interface Scheduler {
  /**
   * Starts an execution. `ended` is called once, when every branch has ended. `parked` is called before that, at most once,
   * when all that is left of it is parked (`Execution.park`). Neither may throw.
   */
  begin(source: EventSource, ended: (execution: Execution) => void, parked?: () => void): Execution;
  /**
   * An execution for what comes of another after its end: from the same source, their steps counted together. It ends with
   * the last thing it is held for.
   */
  follow(execution: Execution): Execution;
  /** Begins the branches of a trigger: one copy of the message per wire. Runs as far as it can before it returns. */
  fire(execution: Execution, from: RuntimeNode, message: Message): void;
  /** No more branches will be begun; the execution may end. */
  seal(execution: Execution): void;
  register(kitNode: KitNode): () => void;
  /**
   * A message that reached a kit node through Node-RED's router. Runs inside its execution (`NodeBridge.placeOf`), or
   * in a fresh one from `source` when it has none. `done` is called when this hop is over, with the error that ended it.
   */
  receive(kitNode: KitNode, message: Message, source: EventSource, done: (error?: unknown) => void): void;
  /** Wires are resolved again at the next hop: to be called after every deploy (`flows:started`). */
  invalidate(): void;
  /** The registered nodes, for their counters. */
  kitNodes(): Iterable<KitNode>;
}

/** The event loop, shared fairly: who has much to do asks now and then whether to go on, and puts off the rest. */
export interface Turns {
  /** False when what runs now has taken long enough. */
  hasTime(): boolean;
  /** Does it in a later turn of the event loop, after all that was put off before. */
  later(act: () => void): void;
}

/** An execution and the way of a message in it, undefined where that is not known. */
export interface Place {
  readonly execution: Execution;
  readonly path: Path | undefined;
}

/** How executions stay known while a message is inside nodes that the kit does not run (function, delay, debug …). */
export interface NodeBridge {
  /**
   * Hands a message, already the target's own copy, to a node of Node-RED and keeps the execution from ending
   * (`Execution.hold`) until that node and what follows it are done. Must not run the target inside the call when that
   * could call the scheduler back with the same message.
   */
  handOver(execution: Execution, target: RuntimeNode, message: Message, path: Path): void;
  /** Where a message that came through Node-RED's router belongs to; undefined for one from inject and the like. */
  placeOf(message: Message): Place | undefined;
  /** Shows a message to catch, complete or status nodes: what they do with it is part of the execution. */
  within(place: Place, show: () => void): void;
  /** The node an id stands for, seen from a node (its own tab); undefined when the wire is dangling or the node disabled. */
  resolve(from: RuntimeNode, targetId: string): RuntimeNode | undefined;
}
