import type { Handler, Hop, Message, NodeContext, Output } from '@dojot/node-kit';
import type { SwitchConfig } from './config.ts';
import { createMessageGroups, isPart, renumber } from './message-groups.ts';
import { nodeRedRule } from './node-red-rules.ts';
import { jsonataOperand, type Operand, operand, type Previous } from './operand.ts';
import { applyRules, applyRulesInTurn, type RuleSet } from './rules.ts';

/** Node-RED's switch. Synchronous unless a rule or the property needs JSONata or a context. */
export function nodeRedSwitch(config: SwitchConfig, context: NodeContext): Handler {
  const previous: Previous = { value: null };
  const rules = config.rules.map((rule) => nodeRedRule(context, rule, previous));
  const ruleSet: RuleSet = { rules, checkAll: config.checkall !== 'false' };
  const property = propertyOf(config, context, previous);
  const needsGroups = config.repair || config.rules.some((rule) => rule.t === 'tail');

  if (property.isAsync || needsGroups || rules.some((rule) => rule.isAsync)) {
    return inTurn(asyncSwitch(ruleSet, property, previous, config, needsGroups, context));
  }
  return (message, { send }) => {
    const value = property.read(message);
    const onward = applyRules(ruleSet, value, message);
    previous.value = value;
    send(onward);
  };
}

function propertyOf({ property, propertyType }: SwitchConfig, context: NodeContext, previous: Previous): Operand {
  if (propertyType === 'jsonata') return jsonataOperand(context, property);
  return operand(context, property, propertyType, previous);
}

function asyncSwitch(
  ruleSet: RuleSet,
  property: Operand,
  previous: Previous,
  config: SwitchConfig,
  needsGroups: boolean,
  context: NodeContext,
): (message: Message, hop: Hop) => Promise<void> {
  const groups = createMessageGroups(context);

  async function decide(message: Message): Promise<Output[]> {
    const value = await property.read(message);
    const onward = await applyRulesInTurn(ruleSet, value, message);
    previous.value = value;
    return onward;
  }

  return async (message, { send }) => {
    if (!needsGroups || !isPart(message)) {
      send(await decide(message));
      return;
    }
    const complete = groups.add(message);
    if (complete === undefined) return;
    const verdicts: Output[][] = [];
    for (const part of complete) verdicts.push(await decide(part));
    const newId = () => context.RED.util.generateId();
    for (const onward of config.repair ? renumber(verdicts, newId) : verdicts) send(onward);
  };
}

/** One message after the other, in the order they came, whatever they wait for. */
function inTurn(handle: (message: Message, hop: Hop) => Promise<void>): Handler {
  let last: Promise<unknown> = Promise.resolve();
  return (message, hop) => {
    const current = last.then(() => handle(message, hop));
    // Whoever called gets the rejection; the next message only needs to know that this one is over.
    last = current.catch(() => undefined);
    return current;
  };
}
