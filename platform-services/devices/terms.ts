/**
 * Search terms: what the filters `attr` and `attr_type` and the checks for conflicts look up, as one indexed list per
 * document. They are derived from the attributes and written with them. A device repeats only those of templates it has own
 * values for; where it has none, it is found by the terms of the template.
 */
import { createHash } from 'node:crypto';
import type { AttributeDocument, DeviceDocument, TemplateDocument } from './documents.ts';

/** Longer values are looked up by their hash: an index is not the place for them. */
const longestValue = 200;

// No label of an attribute has a line feed, so that no two facts share a term.
export const valueTypeTerm = (valueType: string) => `type\n${valueType}`;
export const staticTerm = (label: string, value: string) =>
  value.length <= longestValue ? `static\n${label}\n${value}` : `sha256\n${label}\n${hashOf(value)}`;
export const attributeTerm = ({ label, type }: { readonly label: string; readonly type: string }) =>
  `attribute\n${label}\n${type}`;
/** It owns this id of the sequence of attributes and metadata. */
export const idTerm = (id: number) => `id\n${id}`;

export function templateTerms(attributes: readonly AttributeDocument[]): string[] {
  const ids = attributes.flatMap(({ id, metadata }) => [id, ...metadata.map((entry) => entry.id)]);
  return [
    ...new Set([
      ...attributes.flatMap((attribute) => filterTerms(attribute, attribute.staticValue)),
      ...attributes.map(attributeTerm),
      ...ids.map(idTerm),
    ]),
  ];
}

/** By what the filters find a device. */
export function deviceFacts(
  templates: readonly TemplateDocument[],
  overrides: DeviceDocument['overrides'],
): Pick<DeviceDocument, 'unaltered' | 'terms'> {
  const { altered = [], unaltered = [] } = Object.groupBy(templates, ({ attributes }) =>
    attributes.some(({ id }) => overrides[id] !== undefined) ? 'altered' : 'unaltered',
  );
  const attributes = altered.flatMap((template) => template.attributes);
  const terms = attributes.flatMap((each) => filterTerms(each, overrides[each.id] ?? each.staticValue));
  return { unaltered: unaltered.map(({ number }) => number), terms: [...new Set(terms)] };
}

function filterTerms({ label, valueType }: AttributeDocument, value: string | undefined): string[] {
  const type = valueTypeTerm(valueType);
  return value === undefined ? [type] : [type, staticTerm(label, value)];
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
