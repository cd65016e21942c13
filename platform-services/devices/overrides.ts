/** Own values of a device, checked against its templates (contract devices-templates-ops §1.6 "Override entry"). */
import type { OverrideBody } from '../../contract/rest/device-bodies.ts';
import type { AttributeDocument, MetadataDocument, TemplateDocument } from './documents.ts';
import { deviceCheckFailed, errors } from './errors.ts';

/** By id of attribute or metadata. */
export type OverrideValues = Readonly<Record<string, string>>;

/** Throws when an entry names what the templates do not have. Every value sent counts, even one equal to the template's. */
export function readOverrides(
  entries: readonly OverrideBody[],
  templates: readonly TemplateDocument[],
): OverrideValues {
  if (new Set(entries.map(({ label }) => label)).size < entries.length) {
    throw deviceCheckFailed('a device can not have repeated attributes');
  }
  const named = new Set(entries.map((entry) => String(entry.template_id)));
  const used = templates.filter(({ id }) => named.has(id));
  const byTemplate = new Map(used.map(({ id, attributes }) => [id, indexed(attributes)]));
  const values = entries.flatMap((entry) => {
    const attribute = findAttribute(entry, byTemplate.get(String(entry.template_id)));
    return [value(attribute.id, entry.static_value), ...readMetadata(entry, attribute)];
  });
  return Object.fromEntries(values.flat());
}

/** The values whose attribute or metadata these templates still have. */
export function keptOverrides(values: OverrideValues, templates: readonly TemplateDocument[]): OverrideValues {
  const attributes = templates.flatMap((template) => template.attributes);
  const ids = attributes.flatMap(({ id, metadata }) => [id, ...metadata.map((entry) => entry.id)]);
  const present = new Set(ids.map(String));
  return Object.fromEntries(Object.entries(values).filter(([id]) => present.has(id)));
}

function findAttribute(entry: OverrideBody, attributes: ById<AttributeDocument> | undefined): AttributeDocument {
  if (!attributes) throw errors.UNKNOWN_OVERRIDE_TEMPLATE(String(entry.template_id));
  const attribute = attributes.get(String(entry.id));
  if (!attribute) throw errors.UNKNOWN_OVERRIDE(String(entry.id));
  return attribute;
}

function readMetadata({ metadata = [] }: OverrideBody, attribute: AttributeDocument): [string, string][][] {
  if (metadata.length === 0) return [];
  const present = indexed(attribute.metadata);
  return metadata.map((entry) => {
    if (!Number.isInteger(Number(entry.id))) throw errors.UNKNOWN_METADATA_OVERRIDE(String(entry.id));
    const found = present.get(String(entry.id));
    if (!found) throw errors.UNKNOWN_OVERRIDE(String(attribute.id));
    return value(found.id, entry.static_value);
  });
}

/** By id as text: clients send it as number or text. */
type ById<T> = ReadonlyMap<string, T>;

function indexed<T extends MetadataDocument>(entries: readonly T[]): ById<T> {
  return new Map(entries.map((entry) => [String(entry.id), entry]));
}

function value(id: number, text: string | null | undefined): [string, string][] {
  return (text ?? null) === null ? [] : [[String(id), String(text)]];
}
