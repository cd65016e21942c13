import { flag, text } from '@dojot/node-kit';
import { z } from 'zod';

const rule = z.looseObject({
  t: text(),
  /** Target. */
  p: text(),
  pt: text('msg'),
  /** Value, or the path it is copied from. */
  to: z.unknown().optional(),
  tot: text(),
  /** For `change`: what is replaced. */
  from: z.unknown().optional(),
  fromt: text(),
  /** The older way to say that `from` is a regular expression. */
  re: flag,
  /** Deep copy. */
  dc: z.unknown().optional(),
});

export const changeConfig = z.object({
  semantics: text(),
  /** Absent in the oldest flows of Node-RED, which describe a single rule beside it. */
  rules: z.array(rule).nullish(),
});

export type RuleConfig = z.output<typeof rule>;
export type ChangeConfig = z.output<typeof changeConfig>;
