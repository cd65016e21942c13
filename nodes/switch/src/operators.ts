import type { Message } from '@dojot/node-kit';
import { isAtMost, isBetween, isLess, isLooselyEqual } from './compare.ts';

/** a: property; b, c: operands; ignoreCase: for `regex`. */
export type Operator = (a: unknown, b: unknown, c: unknown, ignoreCase: boolean, message: Message) => boolean;

/** The rule types of Node-RED's switch, by their name in the flow. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['eq', isLooselyEqual],
  ['neq', (a, b) => !isLooselyEqual(a, b)],
  ['lt', isLess],
  ['lte', isAtMost],
  ['gt', (a, b) => isLess(b, a)],
  ['gte', (a, b) => isAtMost(b, a)],
  ['btwn', (a, b, c) => isBetween(a, b, c) || isBetween(a, c, b)],
  ['cont', (a, b) => String(a).includes(String(b))],
  ['regex', (a, b, _c, ignoreCase) => pattern(b, ignoreCase).test(String(a))],
  ['true', (a) => a === true],
  ['false', (a) => a === false],
  ['null', (a) => a === undefined || a === null],
  ['nnull', (a) => a !== undefined && a !== null],
  ['empty', (a) => sizeOf(a) === 0],
  ['nempty', (a) => (sizeOf(a) ?? 0) > 0],
  ['istype', isOfType],
  ['head', (_a, b, _c, _case, message) => partOf(message).index < Number(b)],
  ['tail', (_a, b, _c, _case, message) => isInTail(partOf(message), Number(b))],
  ['index', (_a, b, c, _case, message) => isBetween(partOf(message).index, Number(b), Number(c))],
  ['hask', (a, b) => a !== undefined && a !== null && typeof b !== 'object' && Object.hasOwn(Object(a), String(b))],
  ['jsonata_exp', (_a, b) => b === true],
  ['else', (a) => a === true],
]);

function pattern(operand: unknown, ignoreCase: boolean): RegExp {
  const flags = ignoreCase ? 'i' : '';
  if (operand instanceof RegExp) return new RegExp(operand, flags);
  // As JavaScript has it, no pattern is the one that is in every text.
  return new RegExp(operand === undefined ? '' : String(operand), flags);
}

/** Length or number of keys; undefined for what has neither. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value) || Buffer.isBuffer(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'buffer':
      return Buffer.isBuffer(value);
    case 'json':
      return isJsonText(value);
    case 'null':
      return value === null;
    case 'number':
      return typeof value === 'number' && !Number.isNaN(value);
    default:
      return typeof value === type && !Array.isArray(value) && !Buffer.isBuffer(value) && value !== null;
  }
}

function isJsonText(value: unknown): boolean {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false;
  }
}

interface Part {
  readonly index: number;
  readonly count: number;
}

function partOf({ parts }: Message): Part {
  if (typeof parts !== 'object' || parts === null) throw new Error('The message is not part of a sequence');
  return { index: Number(Reflect.get(parts, 'index')), count: Number(Reflect.get(parts, 'count')) };
}

function isInTail({ index, count }: Part, length: number): boolean {
  return count - length <= index;
}
