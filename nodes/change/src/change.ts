import { coreHandler, defineNode, type Handler, type NodeContext } from '@dojot/node-kit';
import { type ChangeConfig, changeConfig } from './config.ts';
import { dojotRule, type Step } from './dojot-rules.ts';
import { nodeRedRule } from './node-red-rules.ts';

/** Sets properties of a message: with dojot's rules (contract flows-and-nodes §9.9) or Node-RED's. */
export default defineNode({
  type: 'change',
  config: changeConfig,
  form: ({ semantics }) => (semantics === 'dojot' ? 'json' : 'values'),
  create: (config, context) =>
    config.semantics === 'dojot' ? dojotChange(config, context) : nodeRedChange(config, context),
});

function dojotChange({ rules }: ChangeConfig, context: NodeContext): Handler {
  return follow((rules ?? []).map((rule) => dojotRule(rule, context)).filter((step) => step !== undefined));
}

function nodeRedChange({ rules }: ChangeConfig, context: NodeContext): Handler {
  const steps = rules?.map((rule) => nodeRedRule(context, rule));
  if (steps?.every((step) => step !== undefined)) return follow(steps);
  return coreHandler(context, 'function/15-change.js');
}

function follow(steps: readonly Step[]): Handler {
  return (message, { send }) => {
    for (const step of steps) step(message);
    send(message);
  };
}
