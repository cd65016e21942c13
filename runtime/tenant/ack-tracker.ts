/**
 * Knows when a message that is inside Node-RED's own nodes has ended in all its branches. Node-RED does not say so; its
 * messaging hooks say when a message is sent, received and done with. An execution is held once for every message in
 * transit or inside a node, and released one turn of the event loop after the message is done with, because the catch and
 * complete nodes that continue it are called only then.
 *
 * The execution of a message is found by, in this order: the identity of the message object (most nodes send on what they
 * got), its `_msgid` (clones keep it), the asynchronous context of the node that sends it (`split` makes new ids, status
 * messages have none).
 *
 * What comes of an execution after its end (a timer of minutes) goes on in one that follows it, with the same source.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Execution, Message, NodeBridge, Path, RuntimeNode } from '@dojot/node-kit';
import type { Hooks, LiveNode } from 'node-red';
import { createBrokenFunctions } from './broken-functions.ts';
import { empties, gathers, gaveUp, hasOwnTimers, neverSaysDone, passesOver, waits } from './done-rules.ts';
import type { NodeMeters } from './node-meters.ts';
import {
  createTracks,
  enter,
  holdersOf,
  isInside,
  leave,
  living,
  messageIdOf,
  type Passage,
  park,
  type Track,
} from './tracks.ts';
import type { TenantTurns } from './turns.ts';

interface Needs {
  readonly hooks: Hooks;
  readonly meters: NodeMeters;
  readonly turns: TenantTurns;
  /** An execution for what comes of another after its end, which ends with the last thing it is held for. */
  readonly follow: (execution: Execution) => Execution;
  /** Epoch ms. */
  readonly now: () => number;
  readonly newId: () => string;
}

export interface AckTracker extends NodeBridge {
  /** Called when a node reports an error, about a message or not, before catch nodes see it. */
  errorReported(node: LiveNode, error: unknown, message: Message | undefined): void;
  /** Nodes that hold messages of this execution now. */
  holders(execution: Execution): readonly LiveNode[];
  /** Drops most of what is kept for executions that are over or began before `oldest` (epoch ms). */
  sweep(oldest: number): void;
  /** The execution in whose context the caller runs. */
  current(): Execution | undefined;
}

/** On its way to a node. */
interface Transit extends Passage {
  /** The same object may be under way to several nodes. */
  count: number;
}

export function createAckTracker({ hooks, meters, turns, follow, now, newId }: Needs): AckTracker {
  const tracks = createTracks(now, newId);
  const context = new AsyncLocalStorage<Passage>();
  const transit = new WeakMap<Message, Transit>();
  const owners = new WeakMap<Message, Passage>();
  /** Messages about which a node reported an error while it was receiving them. */
  const failed = new WeakSet<Message>();
  const functions = createBrokenFunctions();
  let released: Execution[] = [];

  /** Where a message belongs, and how it came to the node that sends or receives it; `sender` when that is known. */
  function find(message: Message, sender?: LiveNode): Passage | undefined {
    const owner = owners.get(message);
    if (underWay(owner)) return owner;
    const around = underWay(context.getStore());
    const track = tracks.byId(messageIdOf(message));
    if (!track || around?.track === track) return around ?? findPast(message, owner, sender);
    // Its way is not known: it is taken for the one of what its sender got last.
    return (sender && track.visits.get(sender)?.last) ?? { track, path: undefined };
  }

  /** Where a message belongs that comes of an execution after its end. */
  function findPast(message: Message, owner: Passage | undefined, sender?: LiveNode): Passage | undefined {
    const passage = owner ?? (sender && hasOwnTimers(sender) ? context.getStore() : undefined);
    if (passage) return { track: heirOf(passage.track), path: passage.path };
    const track = tracks.pastById(messageIdOf(message));
    return track && { track: heirOf(track), path: undefined };
  }

  function heirOf(track: Track): Track {
    if (living(track)) return track;
    const heir = living(track.heir) ?? tracks.of(follow(track.execution));
    track.heir = heir;
    return heir;
  }

  /** Node-RED calls no `done` for it. Function nodes catch what their code throws: an error early on is not their end. */
  const threw = (message: Message, { type }: LiveNode) => failed.delete(message) && type !== 'function';

  function depart(track: Track, path: Path, message: Message): void {
    track.execution.hold();
    const known = transit.get(message);
    transit.set(message, { track, path, count: known?.track === track ? known.count + 1 : 1 });
  }

  /** How a message came to the node it arrives at; undefined when it belongs to no event. */
  function arrive(message: Message, node: LiveNode): Passage | undefined {
    const passage = transit.get(message);
    if (passage) {
      passage.count -= 1;
      if (passage.count === 0) transit.delete(message);
      return passage;
    }
    const from = find(message);
    if (!from) return undefined;
    const { track } = from;
    track.execution.hold();
    return { track, path: track.execution.stepTo(node.id, from.path) };
  }

  function release(track: Track, node: LiveNode): void {
    if (leave(track, node)) letGo(track.execution);
  }

  function letGo(execution: Execution): void {
    released.push(execution);
    // What begins when an execution ends must not inherit the context of the message that ended it.
    if (released.length === 1) context.exit(() => setImmediate(releaseAll));
  }

  function releaseAll(): void {
    const executions = released;
    released = [];
    for (const execution of executions) execution.release();
  }

  hooks.add('preDeliver.dojot', ({ msg, source, destination }) => {
    const from = find(msg, source.node);
    const path = from?.track.execution.stepTo(destination.id, from.path);
    if (from && !path) return false;
    meters.sent(source.node);
    if (from && path) {
      tracks.know(from.track, messageIdOf(msg));
      depart(from.track, path, msg);
    }
    return undefined;
  });

  /** Ends the branch of a message that the node does not work on. */
  function refuse(node: LiveNode, message: Message, passage: Passage | undefined, reason: Error): void {
    if (passage) {
      // What catch nodes make of it goes on from here.
      context.run(passage, () => node.error(reason, message));
      release(passage.track, node);
    } else {
      node.error(reason, message);
    }
  }

  function empty(node: LiveNode): void {
    for (const track of tracks.all()) {
      while (isInside(track, node)) release(track, node);
    }
  }

  hooks.add('onReceive.dojot', ({ msg, destination: { node } }, next) => {
    const passage = arrive(msg, node);
    // Node-RED's router delivers all it has within one turn of the event loop, however long that takes.
    if (turns.isFree()) receive(msg, node, passage, next);
    else turns.later(() => receive(msg, node, passage, next));
  });

  function receive(msg: Message, node: LiveNode, passage: Passage | undefined, next: (goOn?: false) => void): void {
    if (passage && !(passage.path && passage.track.execution.enter(passage.path))) {
      // Its execution ran away.
      letGo(passage.track.execution);
      next(false);
      return;
    }
    meters.received(node);
    const refusal = passage?.path?.refusal ?? functions.refusal(node);
    if (passage) {
      failed.delete(msg);
      tracks.know(passage.track, messageIdOf(msg));
      owners.set(msg, passage);
      enter(passage, node);
    }
    if (refusal) {
      refuse(node, msg, passage, refusal);
      next(false);
    } else if (passage) {
      context.run(passage, next);
    } else {
      next();
    }
  }

  hooks.add('postReceive.dojot', ({ msg, destination: { node } }) => {
    const neglect = functions.neglect(node);
    const passage = owners.get(msg);
    if (neglect) refuse(node, msg, passage, neglect);
    else if (empties(node, msg)) empty(node);
    else if (passage && (gathers(node) || neverSaysDone(node) || threw(msg, node) || passesOver(node, msg))) {
      release(passage.track, node);
    } else if (passage && waits(node)) {
      park(passage.track, node);
    }
  });

  hooks.add('onComplete.dojot', ({ msg, node: { node } }) => {
    const passage = owners.get(msg);
    if (passage && !gathers(node)) release(passage.track, node);
  });

  return {
    handOver(execution, target, message, path) {
      const track = tracks.of(execution);
      if (typeof message._msgid !== 'string') message._msgid = track.messageId;
      tracks.know(track, message._msgid);
      depart(track, path, message);
      setImmediate(() => target.receive(message));
    },
    placeOf(message) {
      const passage = find(message);
      return passage && { execution: passage.track.execution, path: passage.path };
    },
    within: ({ execution, path }, show) => context.run({ track: tracks.of(execution), path }, show),
    resolve: (from, targetId) => nodeAt(from, targetId),
    errorReported(node, error, message) {
      meters.failed(node);
      if (!message) return functions.complained(node, error);
      const owner = owners.get(message)?.track;
      const track = owner ?? (gaveUp(node) ? find(message)?.track : undefined);
      if (!track || !isInside(track, node)) return;
      track.execution.countError();
      if (owner) failed.add(message);
      else release(track, node);
    },
    holders(execution) {
      const track = tracks.find(execution);
      return track ? holdersOf(track) : [];
    },
    sweep(oldest) {
      for (const track of tracks.all()) {
        if (track.execution.isOver || track.since < oldest) tracks.retire(track);
      }
    },
    current: () => underWay(context.getStore())?.track.execution,
  };
}

/** A passage whose execution has not ended. */
function underWay(passage: Passage | undefined): Passage | undefined {
  return living(passage?.track) && passage;
}

/** The running node an id means for a node of the same flow, as Node-RED's own router finds it. */
function nodeAt(from: RuntimeNode, id: string): RuntimeNode | undefined {
  return isLive(from) ? (from._flow?.getNode(id) ?? undefined) : undefined;
}

function isLive(node: RuntimeNode): node is LiveNode {
  return '_flow' in node;
}
