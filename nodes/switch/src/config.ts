import { flag, text } from '@dojot/node-kit';
import { z } from 'zod';

const rule = z.looseObject({
  t: text(),
  v: z.unknown().optional(),
  vt: z.unknown().optional(),
  v2: z.unknown().optional(),
  v2t: z.unknown().optional(),
  /** For `regex`: true ignores case. */
  case: z.unknown().optional(),
});

export const switchConfig = z.object({
  semantics: text(),
  property: text('payload'),
  propertyType: text('msg'),
  rules: z
    .array(rule)
    .nullish()
    .transform((rules) => rules ?? []),
  /** Exactly the text "false" stops at the first match. */
  checkall: z.unknown().optional(),
  repair: flag,
});

export type RuleConfig = z.output<typeof rule>;
export type SwitchConfig = z.output<typeof switchConfig>;
