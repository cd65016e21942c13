import type { NodeContext } from '@dojot/node-kit';
import type { RuleConfig } from './config.ts';
import { constant, jsonataOperand, type Operand, operand, type Previous } from './operand.ts';
import { operators } from './operators.ts';
import type { Rule } from './rules.ts';

export interface NodeRedRule extends Rule {
  readonly isAsync: boolean;
}

/** A rule with Node-RED's semantics. Throws when its type is unknown or an expression does not parse. */
export function nodeRedRule(context: NodeContext, rule: RuleConfig, previous: Previous): NodeRedRule {
  const operator = operators.get(rule.t);
  if (operator === undefined) throw new Error(`Invalid rule type: ${rule.t}`);
  const first = operandOf(context, rule.v, rule.vt, previous);
  const hasSecond = rule.v2 !== undefined || rule.v2t === 'prev';
  const second = hasSecond ? operandOf(context, rule.v2, rule.v2t, previous) : constant(undefined);
  const ignoreCase = Boolean(rule.case);
  const isAsync = first.isAsync || second.isAsync;
  return {
    isElse: rule.t === 'else',
    isAsync,
    test: isAsync
      ? async (a, message) => operator(a, await first.read(message), await second.read(message), ignoreCase, message)
      : (a, message) => operator(a, first.read(message), second.read(message), ignoreCase, message),
  };
}

/** Without a type, what looks like a number is one. */
function operandOf(context: NodeContext, value: unknown, givenType: unknown, previous: Previous): Operand {
  const type = givenType ? String(givenType) : Number.isNaN(Number(value)) ? 'str' : 'num';
  if (type === 'jsonata') return jsonataOperand(context, String(value));
  return operand(context, value, type, previous);
}
