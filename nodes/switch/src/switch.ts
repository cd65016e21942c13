import { defineNode, type Handler, parsePath, peekPath } from '@dojot/node-kit';
import { type SwitchConfig, switchConfig } from './config.ts';
import { dojotRule } from './dojot-rules.ts';
import { nodeRedSwitch } from './node-red-switch.ts';
import { applyRules, type RuleSet } from './rules.ts';

/** Sends a message to the outputs whose rule holds: dojot's rules (contract flows-and-nodes §9.10) or Node-RED's. */
export default defineNode({
  type: 'switch',
  config: switchConfig,
  form: ({ semantics }) => (semantics === 'dojot' ? 'json' : 'values'),
  create: (config, context) => (config.semantics === 'dojot' ? dojotSwitch(config) : nodeRedSwitch(config, context)),
});

function dojotSwitch(config: SwitchConfig): Handler {
  const path = parsePath(config.property);
  const ruleSet: RuleSet = { rules: config.rules.map(dojotRule), checkAll: config.checkall !== 'false' };
  const asNumber = config.propertyType === 'num';
  return (message, { send }) => {
    const value = peekPath(message, path);
    send(applyRules(ruleSet, asNumber ? Number(value) : value, message));
  };
}
