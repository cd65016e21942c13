/**
 * Function nodes that cannot run: their code does not compile, or their set-up failed. Node-RED says so once, when it
 * starts them, and from then on keeps or drops their messages without a word.
 */
import type { Script } from 'node:vm';
import type { LiveNode } from 'node-red';

export interface BrokenFunctions {
  /** A node reported an error that is about no message. */
  complained(node: LiveNode, reason: unknown): void;
  /** Called before a message is given to a node: why the node would only keep it. */
  refusal(node: LiveNode): Error | undefined;
  /** Called after it was given: why the node did nothing with it. */
  neglect(node: LiveNode): Error | undefined;
}

export function createBrokenFunctions(): BrokenFunctions {
  /** What nodes complained of that have run no message since. */
  const complaints = new WeakMap<LiveNode, unknown>();
  const watched = new WeakSet<Script>();
  /** A node that complained and is given a message now. */
  let onTrial: LiveNode | undefined;

  /** Code may complain, too, and is well: that it runs proves it. */
  function watch(node: LiveNode, script: Script): void {
    if (watched.has(script)) return;
    watched.add(script);
    const run = script.runInContext;
    script.runInContext = (...words) => {
      complaints.delete(node);
      onTrial = undefined;
      return run.apply(script, words);
    };
  }

  const reason = (node: LiveNode) => {
    const cause = complaints.get(node);
    return new Error(`This function cannot run: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  };

  return {
    complained(node, cause) {
      if (node.type !== 'function') return;
      complaints.set(node, cause);
      if (node.script) watch(node, node.script);
    },
    refusal(node) {
      if (node.type !== 'function' || !complaints.has(node)) return undefined;
      if (!isSetUp(node)) return reason(node);
      onTrial = node;
      return undefined;
    },
    neglect(node) {
      if (onTrial !== node) return undefined;
      onTrial = undefined;
      return reason(node);
    },
  };
}

/** The last thing a Function node does when all its code has compiled is to wait for its end. */
const isSetUp = ({ _closeCallbacks: callbacks }: LiveNode): boolean => callbacks.length > 0;
