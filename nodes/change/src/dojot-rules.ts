import {
  deletePath,
  type Message,
  type MessagePath,
  type NodeContext,
  parsePath,
  peekPath,
  readPath,
  writePath,
} from '@dojot/node-kit';
import type { RuleConfig } from './config.ts';
import { type Replacer, replacer } from './replace.ts';

/** One rule at work; throws when it cannot be followed. */
export type Step = (message: Message) => void;

/**
 * A rule with dojot's semantics (contract flows-and-nodes §9.9). `set` is what dojot 0.8 knew; `delete`, `move` and
 * `change` do what Node-RED's do, and go on where something is not there; any other operation is skipped.
 */
export function dojotRule(rule: RuleConfig, context: NodeContext): Step | undefined {
  switch (rule.t) {
    case 'set':
      return set(rule, context);
    case 'delete':
      return remove(rule);
    case 'move':
      return move(rule, context);
    case 'change':
      return change(rule, context);
    default:
      return undefined;
  }
}

function set(rule: RuleConfig, context: NodeContext): Step {
  const target = parsePath(rule.p);
  const value = newValue(rule, context);
  return (message) => writePath(message, target, value(message));
}

function remove(rule: RuleConfig): Step {
  const target = parsePath(rule.p);
  return (message) => deletePath(message, target);
}

function move(rule: RuleConfig, { node }: NodeContext): Step {
  const from = parsePath(rule.p);
  const to = parsePath(textOf(rule.to));
  return (message) => {
    const value = valueIfThere(message, from);
    deletePath(message, from);
    if (value === undefined) {
      deletePath(message, to);
      return;
    }
    try {
      writePath(message, to, value);
    } catch (error) {
      node.warn(error instanceof Error ? error.message : String(error));
    }
  };
}

function change(rule: RuleConfig, context: NodeContext): Step {
  const target = parsePath(rule.p);
  const replacement = replacementOf(rule, context);
  const replacerFor = replacerOf(rule);
  return (message) => {
    const current = valueIfThere(message, target);
    if (current === undefined) return;
    const replace = replacerFor(message);
    const value = replacement(message);
    if (replace !== undefined && value !== undefined) writePath(message, target, replace(current, value));
  };
}

function replacementOf(rule: RuleConfig, context: NodeContext): (message: Message) => unknown {
  if (rule.tot !== 'msg') return newValue({ ...rule, tot: rule.tot || 'str' }, context);
  const source = parsePath(textOf(rule.to));
  return (message) => valueIfThere(message, source);
}

/** Undefined when what is sought is not there. */
function replacerOf({ from, fromt, re }: RuleConfig): (message: Message) => Replacer | undefined {
  if (re || fromt !== 'msg') {
    const replace = replacer(from, re ? 're' : fromt);
    return () => replace;
  }
  const source = parsePath(textOf(from));
  return (message) => {
    const sought = valueIfThere(message, source);
    return sought === undefined ? undefined : replacer(sought, '');
  };
}

function valueIfThere(message: Message, path: MessagePath): unknown {
  try {
    return peekPath(message, path);
  } catch {
    // Nothing is beyond null and on the empty path.
    return undefined;
  }
}

function newValue({ to, tot }: RuleConfig, { RED, node }: NodeContext): (message: Message) => unknown {
  switch (tot) {
    case 'str':
      return () => to;
    case 'num': {
      const number = Number(to);
      return () => number;
    }
    case 'bool':
    case 'boolean': {
      const isTrue = ['true', '1'].includes(String(to).toLowerCase());
      return () => isTrue;
    }
    case 'msg': {
      const source = parsePath(textOf(to));
      return (message) => readPath(message, source);
    }
    case 'json': {
      const text = textOf(to);
      return () => JSON.parse(text);
    }
    case 'date': {
      const format = textOf(to);
      return () => RED.util.evaluateNodeProperty(format, 'date', node);
    }
    default:
      return () => {
        throw new Error(`Invalid value type: ${tot || undefined}`);
      };
  }
}

function textOf(value: unknown): string {
  return String(value ?? '');
}
