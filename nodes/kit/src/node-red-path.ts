import { forbiddenParts } from './message-path.ts';
import type { NodeRedUtil, PathPart } from './node-red.ts';
import type { Message } from './platform.ts';

/**
 * Reads a message property as Node-RED does (`payload.a[0]["b c"]`, prototype chain included), the expression split once.
 * The reader throws when the parent of the property does not exist, as Node-RED's does.
 */
export function messageReader(util: NodeRedUtil, expression: string): (message: Message) => unknown {
  const parts = plainParts(util, expression);
  if (parts === undefined) return (message) => util.getMessageProperty(message, expression);
  return (message) => {
    let value: unknown = message;
    for (const part of parts) value = isRecord(value) ? value[part] : memberOf(value, part);
    return value;
  };
}

/**
 * Sets a message property as Node-RED does; undefined deletes. False when it cannot be set because an intermediate part
 * is not an object. Where the parents exist it is one assignment; everything else is left to Node-RED.
 */
export function messageWriter(util: NodeRedUtil, expression: string): (message: Message, value: unknown) => boolean {
  const parts = plainParts(util, expression);
  const key = parts?.at(-1);
  if (parts === undefined || key === undefined) {
    return (message, value) => util.setMessageProperty(message, expression, value);
  }
  const parents = parts.slice(0, -1);
  return (message, value) => {
    const holder = findHolder(message, parents);
    if (holder === undefined || value === undefined) return util.setMessageProperty(message, expression, value);
    holder[key] = value;
    return true;
  };
}

type Holder = Record<string | number, unknown>;

function findHolder(message: Message, parents: readonly (string | number)[]): Holder | undefined {
  let holder: unknown = message;
  for (const part of parents) {
    if (!isRecord(holder) || !Object.hasOwn(holder, part)) return undefined;
    holder = holder[part];
  }
  return isRecord(holder) ? holder : undefined;
}

/** The parts of an expression; undefined when they depend on the message (`a[msg.b]`), are unsafe, or do not parse. */
function plainParts(util: NodeRedUtil, expression: string): readonly (string | number)[] | undefined {
  const text = expression.startsWith('msg.') ? expression.slice(4) : expression;
  let parts: readonly PathPart[];
  try {
    parts = util.normalisePropertyExpression(text);
  } catch {
    // Node-RED reports it at every message: its own functions do that.
    return undefined;
  }
  return parts.every(isPlainPart) ? parts : undefined;
}

function isPlainPart(part: PathPart): part is string | number {
  return typeof part === 'number' || (typeof part === 'string' && !forbiddenParts.has(part));
}

function memberOf(value: unknown, part: string | number): unknown {
  if (value === undefined || value === null) throw new TypeError(`Cannot read ${part} of ${value}`);
  return Reflect.get(Object(value), part);
}

function isRecord(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}
