/**
 * Search terms: what the filters `attr` and `attr_type` and the checks for conflicts look up, as one indexed list per
 * document. They are derived from the attributes and written with them.
 */
import type { AttributeDocument, TemplateDocument } from './documents.ts';

// No label of an attribute has a line feed, so that no two facts share a term.
export const valueTypeTerm = (valueType: string) => `type\n${valueType}`;
export const staticTerm = (label: string, value: string) => `static\n${label}\n${value}`;
/** Of devices: one of their templates has this attribute. */
export const attributeTerm = ({ label, type }: { readonly label: string; readonly type: string }) =>
  `attribute\n${label}\n${type}`;
/** Of templates: it owns this id of the sequence of attributes and metadata. */
export const idTerm = (id: number) => `id\n${id}`;

export function templateTerms(attributes: readonly AttributeDocument[]): string[] {
  const ids = attributes.flatMap(({ id, metadata }) => [id, ...metadata.map((entry) => entry.id)]);
  return [
    ...new Set([
      ...attributes.flatMap((attribute) => filterTerms(attribute, attribute.staticValue)),
      ...ids.map(idTerm),
    ]),
  ];
}

export function deviceTerms(
  templates: readonly TemplateDocument[],
  overrides: Readonly<Record<string, string>>,
): string[] {
  const attributes = templates.flatMap((template) => template.attributes);
  const terms = attributes.flatMap((attribute) => [
    ...filterTerms(attribute, overrides[attribute.id] ?? attribute.staticValue),
    attributeTerm(attribute),
  ]);
  return [...new Set(terms)];
}

function filterTerms({ label, valueType }: AttributeDocument, value: string | undefined): string[] {
  const type = valueTypeTerm(valueType);
  return value === undefined ? [type] : [type, staticTerm(label, value)];
}
