import { defineNode } from '@dojot/node-kit';
import { templateConfig } from './config.ts';
import { dojotTemplate } from './dojot-template.ts';
import { nodeRedTemplate } from './node-red-template.ts';

/** Writes text made from a message: dojot's template node (contract flows-and-nodes §9.11) or Node-RED's. */
export default defineNode({
  type: 'template',
  config: templateConfig,
  form: ({ semantics }) => (semantics === 'dojot' ? 'json' : 'values'),
  create: (config, context) =>
    config.semantics === 'dojot' ? dojotTemplate(config, context) : nodeRedTemplate(config, context),
});
