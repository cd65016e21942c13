import { flag, type Message, parsePath, peekPath } from '@dojot/node-kit';
import { isAtMost, isBetween, isLess } from './compare.ts';
import type { RuleConfig } from './config.ts';
import type { Rule } from './rules.ts';

type Test = Rule['test'];
type Operand = (message: Message) => unknown;

/** A rule with dojot's semantics (contract flows-and-nodes §9.10). What is wrong with it is an error when it is reached. */
export function dojotRule(config: RuleConfig): Rule {
  return { isElse: config.t === 'else', test: testOf(config) };
}

function testOf(rule: RuleConfig): Test {
  switch (rule.t) {
    case 'eq':
      return equality(rule);
    case 'neq':
      return negation(equality(rule));
    case 'lt':
      return against(rule, isLess);
    case 'lte':
      return against(rule, isAtMost);
    case 'gt':
      return against(rule, (a, b) => isLess(b, a));
    case 'gte':
      return against(rule, (a, b) => isAtMost(b, a));
    case 'btwn': {
      const high = converted(rule.v2, rule.v2t);
      const low = converted(rule.v, rule.vt);
      return (a, message) => isBetween(a, low(message), high(message));
    }
    case 'cont':
      return against(rule, (a, b) => String(a).includes(String(b)));
    case 'regex': {
      const flags = flag.parse(rule.case) ? 'i' : '';
      return against(rule, (a, b) => new RegExp(String(b), flags).test(String(a)));
    }
    case 'true':
    case 'else':
      return (a) => a === true;
    case 'false':
      return (a) => a === false;
    case 'null':
      return (a) => a === null || a === undefined;
    case 'nnull':
      return (a) => a !== null && a !== undefined;
    default:
      return () => {
        throw new Error(`Invalid rule type: ${rule.t}`);
      };
  }
}

function against(rule: RuleConfig, holds: (a: unknown, b: unknown) => boolean): Test {
  const operand = converted(rule.v, rule.vt);
  return (a, message) => holds(a, operand(message));
}

/** Strict; a `msg` operand may hold with or without its conversion to a number. */
function equality(rule: RuleConfig): (a: unknown, message: Message) => boolean {
  if (rule.vt !== 'msg') {
    const operand = converted(rule.v, rule.vt);
    return (a, message) => a === operand(message);
  }
  const operand = fromMessage(rule.v);
  return (a, message) => {
    const found = operand(message);
    return a === found || a === numeric(found);
  };
}

function negation(test: (a: unknown, message: Message) => boolean): Test {
  return (a, message) => !test(a, message);
}

function converted(value: unknown, type: unknown): Operand {
  if (type === 'msg') {
    const operand = fromMessage(value);
    return (message) => numeric(operand(message));
  }
  const constant = type === 'num' ? Number(value) : value;
  return () => constant;
}

function fromMessage(value: unknown): Operand {
  const path = parsePath(String(value ?? ''));
  return (message) => peekPath(message, path);
}

/** A number when it looks like one: null, "", true and false do too. */
function numeric(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return value;
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}
