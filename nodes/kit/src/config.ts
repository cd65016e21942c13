import { z } from 'zod';
import { parsePath } from './message-path.ts';

/**
 * Types for node configurations. They are lenient where flow JSON is: numbers arrive as text and the reverse, and a
 * property may be absent or null (contract flows-and-nodes §5).
 */

/** Text; numbers and booleans become text, absent becomes the default. */
export function text(whenAbsent = '') {
  return z
    .union([z.string(), z.number(), z.boolean()])
    .nullish()
    .transform((value) => String(value ?? whenAbsent));
}

/** True or false; the texts "true" and "false" are understood, anything else is what JavaScript holds for true. */
export const flag = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? !falseTexts.has(value.trim().toLowerCase()) : Boolean(value)));

const falseTexts = new Set(['', 'false', '0']);

/** A list of texts; a single one counts as a list of one, absent as an empty list. */
export const texts = z
  .union([z.array(text()), text().transform((value) => [value])])
  .nullish()
  .transform((value) => value ?? []);

/** A message path, split once. Absent or empty is an error only when it is used (contract §5.1). */
export const messagePath = text().transform((value, context) => {
  try {
    return parsePath(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

/** What is wrong with a configuration, in one line for the light under the node. */
export function explain(error: z.ZodError): string {
  return error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; ');
}
