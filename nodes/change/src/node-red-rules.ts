import { type Message, messageReader, messageWriter, type NodeContext } from '@dojot/node-kit';
import type { RuleConfig } from './config.ts';

export type Step = (message: Message) => void;

/** A rule with Node-RED's semantics; undefined for one that is left to Node-RED's own implementation. */
export function nodeRedRule(context: NodeContext, rule: RuleConfig): Step | undefined {
  if (rule.pt !== 'msg') return undefined;
  switch (rule.t) {
    case 'set':
      return set(context, rule);
    case 'delete':
      return remove(context, rule.p);
    case 'move':
      return move(context, rule);
    default:
      return undefined;
  }
}

function set(context: NodeContext, rule: RuleConfig): Step | undefined {
  const value = newValue(context, rule);
  if (value === undefined) return undefined;
  const put = writer(context, rule.p);
  return (message) => {
    let found: unknown;
    try {
      found = value(message);
    } catch {
      // A source whose parent is missing, or a path that does not parse: Node-RED goes on with the next rule.
      return;
    }
    put(message, found);
  };
}

function remove({ RED }: NodeContext, property: string): Step {
  const write = messageWriter(RED.util, property);
  return (message) => {
    try {
      write(message, undefined);
    } catch {
      // What cannot be reached is not there.
    }
  };
}

/**
 * What is not there removes the target. The source goes before the target is written: they may be neighbours in a list,
 * or two spellings of one path. Moving a property into or out of itself takes Node-RED's detour.
 */
function move(context: NodeContext, rule: RuleConfig): Step | undefined {
  if (typeof rule.to !== 'string' || rule.tot !== 'msg') return undefined;
  if (rule.p.includes(rule.to) || rule.to.includes(rule.p)) return undefined;
  const read = messageReader(context.RED.util, rule.p);
  const removeSource = remove(context, rule.p);
  const put = writer(context, rule.to);
  return (message) => {
    const value = readIfThere(read, message);
    removeSource(message);
    put(message, value);
  };
}

function readIfThere(read: (message: Message) => unknown, message: Message): unknown {
  try {
    return read(message);
  } catch {
    // The parent of the property is missing, or its path does not parse.
    return undefined;
  }
}

/** Warns when an intermediate part of the property is no object. */
function writer({ RED, node }: NodeContext, property: string): (message: Message, value: unknown) => void {
  const write = messageWriter(RED.util, property);
  return (message, value) => {
    let isSet: boolean;
    try {
      isSet = write(message, value);
    } catch {
      // A path that does not parse: Node-RED goes on with the next rule.
      return;
    }
    if (!isSet) node.warn(RED._('change.errors.no-override', { property }));
  };
}

function newValue({ RED, node }: NodeContext, rule: RuleConfig): ((message: Message) => unknown) | undefined {
  const { to, tot, dc } = rule;
  switch (tot) {
    case 'str':
      return () => to;
    case 'num': {
      const number = Number(to);
      return () => number;
    }
    case 'bool': {
      const isTrue = /^true$/i.test(String(to));
      return () => isTrue;
    }
    case 'json': {
      const text = String(to);
      JSON.parse(text);
      return () => JSON.parse(text);
    }
    case 'date':
      return () => RED.util.evaluateNodeProperty(to, 'date', node);
    case 'msg': {
      const read = messageReader(RED.util, String(to));
      return dc ? (message) => RED.util.cloneMessage(read(message)) : read;
    }
    default:
      return undefined;
  }
}
