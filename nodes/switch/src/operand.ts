import { type JsonataExpression, type Message, messageReader, type NodeContext } from '@dojot/node-kit';

/** Where a rule of Node-RED's switch takes a value from. */
export interface Operand {
  /** True when `read` gives a promise. */
  readonly isAsync: boolean;
  readonly read: (message: Message) => unknown;
}

/** The value the property had in the last message (operand type `prev`). */
export interface Previous {
  value: unknown;
}

const asyncTypes = new Set(['flow', 'global']);
/** Types that mean the same for every message. */
const constantTypes = new Set(['str', 'num', 'bool', 're']);

/** An operand as Node-RED evaluates it: what cannot be read is undefined. */
export function operand({ RED, node }: NodeContext, value: unknown, type: string, previous: Previous): Operand {
  const { util } = RED;
  if (type === 'prev') return { isAsync: false, read: () => previous.value };
  if (type === 'json' || type === 'null') return constant(type);
  // Of these an absent value is one too: the text "undefined", not a number, false, any text.
  if (constantTypes.has(type)) return constant(util.evaluateNodeProperty(value, type, node));
  if (value === undefined) return constant(undefined);
  if (type === 'msg') return { isAsync: false, read: orUndefined(messageReader(util, String(value))) };
  if (asyncTypes.has(type)) return { isAsync: true, read: contextReader(RED.util, node, value, type) };
  return { isAsync: false, read: orUndefined((message) => util.evaluateNodeProperty(value, type, node, message)) };
}

/** A JSONata expression; a part of a sequence gives it `$I` and `$N`. Throws when the expression does not parse. */
export function jsonataOperand({ RED, node }: NodeContext, text: string): Operand {
  let expression: JsonataExpression;
  try {
    expression = RED.util.prepareJSONataExpression(text, node);
  } catch (error) {
    throw invalidExpression(RED, error);
  }
  const read = (message: Message) =>
    new Promise((resolve, reject) => {
      const { parts } = message;
      if (typeof parts === 'object' && parts !== null) {
        expression.assign('I', Reflect.get(parts, 'index'));
        expression.assign('N', Reflect.get(parts, 'count'));
      }
      RED.util.evaluateJSONataExpression(expression, message, (error, value) =>
        error ? reject(invalidExpression(RED, error)) : resolve(value),
      );
    });
  return { isAsync: true, read };
}

/** Means the same for every message. */
export function constant(value: unknown): Operand {
  return { isAsync: false, read: () => value };
}

function contextReader(
  util: NodeContext['RED']['util'],
  node: NodeContext['node'],
  value: unknown,
  type: string,
): Operand['read'] {
  return (message) =>
    new Promise((resolve) =>
      util.evaluateNodeProperty(value, type, node, message, (error, found) => resolve(error ? undefined : found)),
    );
}

function orUndefined(read: (message: Message) => unknown): (message: Message) => unknown {
  return (message) => {
    try {
      return read(message);
    } catch {
      // Node-RED's switch takes what cannot be read for undefined.
      return undefined;
    }
  };
}

function invalidExpression(RED: NodeContext['RED'], error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(Object(error).message ?? error);
  return new Error(RED._('switch.errors.invalid-expr', { error: reason }));
}
