/** Where the `done` of Node-RED's nodes does not say when a message has ended. */
import type { Message } from '@dojot/node-kit';
import type { LiveNode } from 'node-red';

/**
 * Nodes that keep messages in memory until a group is complete and call `done` only then. The next event of a device
 * begins when the one before has ended, so a group of one device's messages would never be complete: here a message has
 * ended once the node has taken it in, like any state kept in memory. What completes a group is sent while the last
 * message is received, or in the microtasks that follow (JSONata): within the event of that message. `split` sends all that
 * it makes of a message while it receives it, and keeps the rest of a stream; of a message that has nothing to split it
 * never says that it ended.
 */
const gathering: ReadonlySet<string> = new Set(['join', 'batch', 'sort', 'split']);

export const gathers = ({ type }: LiveNode): boolean => gathering.has(type);

/**
 * A node whose listeners take no `done` (core `rbe`, many old packages), and one that was closed by a deploy while the
 * message was under way.
 */
export function neverSaysDone(node: LiveNode): boolean {
  return node._expectedDoneCount === 0 || !(node._inputCallback || node._inputCallbacks);
}

/** After this message nothing is inside the node any more: what was in its queue is thrown away. */
export const empties = ({ type }: LiveNode, message: Message): boolean =>
  type === 'delay' && Object.hasOwn(message, 'reset');

/**
 * Nodes in which a message waits for its time, for the world outside, or for what other nodes make of it. Node-RED hands
 * them the next message meanwhile, so the next event of a device need not wait for it, either.
 */
const waiting: ReadonlySet<string> = new Set(['delay', 'trigger', 'http request', 'link call']);

export const waits = ({ type }: LiveNode): boolean => waiting.has(type);

/** A rate limit passes over messages that are nothing but an id. */
export const passesOver = ({ type, pauseType }: LiveNode, message: Message): boolean =>
  type === 'delay' && pauseType === 'rate' && Object.keys(message).length === 1;

/** A node that reports an error about a copy of a message, not the message itself: its patience with it is over. */
export const gaveUp = ({ type }: LiveNode): boolean => type === 'link call';

/**
 * Nodes that send new messages long after the one that caused them, always from timers of that message. Others may send in
 * its asynchronous context what it did not cause, such as all that a connection brings which it opened.
 */
export const hasOwnTimers = ({ type }: LiveNode): boolean => type === 'function' || type === 'trigger';
