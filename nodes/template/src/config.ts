import { text } from '@dojot/node-kit';
import { z } from 'zod';

export const templateConfig = z.object({
  semantics: text(),
  /** Path the result is written to. */
  field: text('payload'),
  fieldType: text('msg'),
  syntax: text(),
  template: text(),
  output: text('str'),
});

export type TemplateConfig = z.output<typeof templateConfig>;
