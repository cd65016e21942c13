/** How much one body may list. It is counted before the schema reads it, which would note every error of every entry. */
import { mostEntries, mostTemplates } from '../../contract/rest/device-bodies.ts';
import { notParsed } from './errors.ts';

/** Throws `NOT_PARSED` when `attrs` has too many entries, those of their `metadata` included, or `templates` too many. */
export function refuseLongLists(body: unknown): void {
  const attrs = listIn(body, 'attrs');
  if (listIn(body, 'templates').length > mostTemplates) {
    throw notParsed('input', { templates: [`More than ${mostTemplates} templates.`] });
  }
  const entries = attrs.reduce((count: number, entry) => count + listIn(entry, 'metadata').length, attrs.length);
  if (entries > mostEntries) throw notParsed('input', { attrs: [`More than ${mostEntries} attributes and metadata.`] });
}

/** Empty for anything that is no list; what it should be says the schema. */
function listIn(value: unknown, field: 'attrs' | 'templates' | 'metadata'): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const list: unknown = Reflect.get(value, field);
  return Array.isArray(list) ? list : [];
}
