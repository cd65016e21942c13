/** What clients send about templates and devices; texts of the errors are the contract's (devices-templates-ops §1.2, §1.3). */
import { z } from 'zod';
import { longestRegistryLabel, longestStaticValue } from '../limits.ts';

/** Most attributes and metadata of one template, counted together; likewise own values of one device. */
export const mostEntries = 2000;
/** Most templates of one device. */
export const mostTemplates = 1000;

const absent = 'Missing data for required field.';
const nothing = 'Field may not be null.';

/** The sentence for a value of the wrong type; absent and null have sentences of their own. */
const wrong = (text: string) => (issue: { readonly input?: unknown }) => {
  if (issue.input === undefined) return absent;
  return issue.input === null ? nothing : text;
};

const anObject = { error: 'Invalid input type.' };
const aList = { error: wrong('Invalid type.') };

const tooLong = (most: number) => `Longer than maximum length ${most}.`;
const text = (most: number) => z.string({ error: wrong('Not a valid string.') }).max(most, tooLong(most));
const label = text(longestRegistryLabel);

/** Numbers and booleans are kept as text. */
const staticValue = z
  .union([z.string().max(longestStaticValue, tooLong(longestStaticValue)), z.number(), z.boolean()], {
    error: wrong('Not a valid string.'),
  })
  .transform(String);

/** Attributes and metadata of a tenant share one sequence; the upper end is that of existing databases. */
const attributeId = z
  .union([z.int(), z.string().regex(/^\d+$/, 'Not a valid integer.')], { error: wrong('Not a valid integer.') })
  .transform(Number)
  .refine((id) => id >= 1 && id <= 2_147_483_647, 'Not a valid integer.');

const chosenId = { id: attributeId.optional() };
const definition = {
  type: text(32).describe('`dynamic`, `static`, `actuator`, or anything else for configuration'),
  value_type: text(32),
};

const metadataDefinition = z.object({ ...definition, label, static_value: staticValue.optional() }, anObject);

const metadataList = <T extends typeof metadataDefinition>(entry: T) =>
  z
    .array(entry, aList)
    .max(mostEntries)
    .refine((list) => new Set(list.map((each) => each.label)).size === list.length, {
      error: 'a template can not have repeated attributes',
    })
    .optional();

const attributeDefinition = z.object(
  {
    ...definition,
    label: z
      .string({ error: ({ input }) => ((input ?? null) === null ? nothing : 'Not a valid string.') })
      .max(longestRegistryLabel, tooLong(longestRegistryLabel))
      // Readers of commands and readings keep values by label, and assigning to this key changes no property.
      .regex(/^(?!__proto__$)[a-zA-Z0-9_-]+$/, 'Labels must contain letters, numbers or dashes(-_)'),
    static_value: staticValue.nullish(),
    metadata: metadataList(metadataDefinition),
  },
  anObject,
);

/** What a PUT says, where ids are ignored (contract devices-templates-ops §1.5). */
export type MetadataUpdateBody = z.infer<typeof metadataDefinition>;
export type AttributeUpdateBody = z.infer<typeof attributeDefinition>;

export const metadataBody = metadataDefinition.extend(chosenId);
export type MetadataBody = z.infer<typeof metadataBody>;

export const attributeBody = attributeDefinition.extend({ ...chosenId, metadata: metadataList(metadataBody) });
export type AttributeBody = z.infer<typeof attributeBody>;

const attributeList = <T extends z.ZodType>(entry: T) =>
  z.array(entry, aList).max(mostEntries).describe(`at most ${mostEntries}, metadata counted along`);

export const templateBody = z.object({ label, attrs: attributeList(attributeBody) }, anObject);
export type TemplateBody = z.infer<typeof templateBody>;

export const templateUpdateBody = z.object({ label, attrs: attributeList(attributeDefinition) }, anObject);
export type TemplateUpdateBody = z.infer<typeof templateUpdateBody>;

const reference = z.union([z.number(), z.string()], { error: wrong('Not a valid integer.') });
const overrideValue = staticValue.nullish().describe('null or absent: the value of the template');

/** A value of its own that a device has for an attribute of a template. */
export const overrideBody = z.object(
  {
    id: reference.describe('id of the attribute'),
    template_id: reference,
    label: z.string({ error: wrong('Not a valid string.') }),
    static_value: overrideValue,
    metadata: z
      .array(z.object({ id: reference, static_value: overrideValue }, anObject), aList)
      .max(mostEntries)
      .optional(),
  },
  anObject,
);
export type OverrideBody = z.infer<typeof overrideBody>;

const templates = z.array(reference, aList).max(mostTemplates).describe('ids of templates');

export const deviceUpdateBody = z.object(
  { label, templates, attrs: z.array(overrideBody, aList).max(mostEntries).optional() },
  anObject,
);
export type DeviceUpdateBody = z.infer<typeof deviceUpdateBody>;

export const deviceIdRule = 'Device ID must be 2-6 characters and must be hexadecimal (0-9,a-f,A-F).';

export const deviceBatchBody = deviceUpdateBody.extend({ templates: templates.optional() });

export const deviceBody = deviceBatchBody.extend({
  id: z
    .string({ error: deviceIdRule })
    .regex(/^[0-9a-fA-F]{2,6}$/, deviceIdRule)
    .nullish()
    .describe('chosen by the platform when absent'),
});
export type DeviceBody = z.infer<typeof deviceBody>;

/** Other keys travel with the command. */
export const actuationBody = z.looseObject(
  {
    attrs: z.record(z.string(), z.unknown(), {
      error: wrong('Not a valid mapping type.'),
    }),
  },
  anObject,
);
export type ActuationBody = z.infer<typeof actuationBody>;
