import { type Handler, type NodeContext, parsePath, withoutInternals, writePath } from '@dojot/node-kit';
import Mustache from 'mustache';
import type { TemplateConfig } from './config.ts';
import { compileHandlebars } from './handlebars.ts';
import { payloadMetadata } from './payload-metadata.ts';

type Render = (view: Readonly<Record<string, unknown>>) => string;

/** The template node of dojot (contract flows-and-nodes §9.11). */
export function dojotTemplate(config: TemplateConfig, { platform, node }: NodeContext): Handler {
  const field = parsePath(config.field);
  const render = renderer(config);
  const isJson = config.output === 'json';
  const flowId = () => platform?.flowIdOf(node.z);
  return (message, { send, execution }) => {
    const view = { ...withoutInternals(message), payloadMetadata: payloadMetadata(execution.source, flowId()) };
    const result = render(view);
    writePath(message, field, isJson ? JSON.parse(result) : result);
    send(message);
  };
}

function renderer({ syntax, template }: TemplateConfig): Render {
  switch (syntax) {
    case 'handlebars':
      return compileHandlebars(template);
    case 'mustache': {
      const writer = new Mustache.Writer();
      writer.parse(template);
      return (view) => writer.render(template, view);
    }
    case 'plain':
      return () => template;
    default:
      throw new Error('configuration error');
  }
}
