import { coreHandler, type Handler, type Message, messageWriter, type NodeContext } from '@dojot/node-kit';
import type { TemplateConfig } from './config.ts';
import { compileMustache } from './mustache.ts';

/** Node-RED's template node; what is not plain text with fields of the message is left to Node-RED's implementation. */
export function nodeRedTemplate(config: TemplateConfig, context: NodeContext): Handler {
  const render = renderer(config);
  const isSimple = config.fieldType === 'msg' && config.output !== 'yaml' && config.template !== '';
  if (render === undefined || !isSimple) return coreHandler(context, 'function/80-template.js');
  // As in Node-RED's node, an empty field is the payload.
  const write = messageWriter(context.RED.util, config.field || 'payload');
  const isJson = config.output === 'json';
  return (message, { send }) => {
    const result = render(message);
    write(message, isJson ? JSON.parse(result) : result);
    send(message);
  };
}

function renderer({ syntax, template, output }: TemplateConfig): ((message: Message) => string) | undefined {
  if (syntax === '' || syntax === 'mustache') return compileMustache(template, output === 'json');
  return () => template;
}
