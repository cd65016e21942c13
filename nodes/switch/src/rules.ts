import type { Message, Output } from '@dojot/node-kit';

/** One rule, ready to run; rule i decides about output i. */
export interface Rule {
  /** Tested against "nothing has matched yet" instead of the property. */
  readonly isElse: boolean;
  readonly test: (property: unknown, message: Message) => boolean | Promise<boolean>;
}

/** What the rules say about one message so far. */
class Verdict {
  readonly onward: Output[] = [];
  #nothingMatched = true;

  subject(rule: Rule, property: unknown): unknown {
    if (!rule.isElse) return property;
    const subject = this.#nothingMatched;
    this.#nothingMatched = true;
    return subject;
  }

  take(isMatch: boolean, message: Message): void {
    this.onward.push(isMatch ? message : null);
    if (isMatch) this.#nothingMatched = false;
  }
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** False stops at the first match. */
  readonly checkAll: boolean;
}

/** The outputs a message goes to, for rules that answer at once. */
export function applyRules({ rules, checkAll }: RuleSet, property: unknown, message: Message): Output[] {
  const verdict = new Verdict();
  for (const rule of rules) {
    const isMatch = rule.test(verdict.subject(rule, property), message) === true;
    verdict.take(isMatch, message);
    if (isMatch && !checkAll) break;
  }
  return verdict.onward;
}

/** As `applyRules`, for rules that have to wait for an operand; a rule begins when the one before has answered. */
export async function applyRulesInTurn(
  { rules, checkAll }: RuleSet,
  property: unknown,
  message: Message,
): Promise<Output[]> {
  const verdict = new Verdict();
  for (const rule of rules) {
    const isMatch = await rule.test(verdict.subject(rule, property), message);
    verdict.take(isMatch, message);
    if (isMatch && !checkAll) break;
  }
  return verdict.onward;
}
