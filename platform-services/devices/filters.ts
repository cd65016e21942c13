/** Query strings of lists, as conditions on the store (contract devices-templates-ops §1.5, §1.6). */
import type { Condition, Filter, FindOptions } from '../kit/store/store.ts';
import { errors } from './errors.ts';
import { readInteger } from './pages.ts';
import { staticTerm, valueTypeTerm } from './terms.ts';

/** Each is an expression within one statement of the store, whose depth is limited. */
const mostTerms = 50;

export function templateFilter(query: URLSearchParams): Filter {
  const terms = readTerms(query);
  return { ...labelCondition(query), ...(terms.length === 0 ? {} : { terms: { $all: terms } }) };
}

/** `templatesHaving`: numbers of the templates that have a term; they stand for their devices (`terms.ts`). */
export async function deviceFilter(
  query: URLSearchParams,
  templatesHaving: (term: string) => Promise<readonly number[]>,
): Promise<Filter> {
  const template = query.get('template');
  const plain = {
    live: true,
    ...labelCondition(query),
    ...(template === null ? {} : { templates: readInteger(template, () => errors.TEMPLATE_FILTER(template)) }),
  };
  const found = readTerms(query).map(async (term) => ({
    $or: [{ terms: term }, { unaltered: { $in: await templatesHaving(term) } }],
  }));
  return { $and: [plain, ...(await Promise.all(found))] };
}

/** `byId` names the field that holds the id in its natural order. */
export function sorting(query: URLSearchParams, byId: string): NonNullable<FindOptions['sort']> {
  return query.get('sortBy') === 'label' ? [{ field: 'label' }, { field: byId }] : [{ field: byId }];
}

type Conditions = Readonly<Record<string, Condition>>;

/** The text goes into the pattern as it is: `%` and `_` are wildcards for clients too. */
function labelCondition(query: URLSearchParams): Conditions {
  const label = query.get('label');
  return label === null ? {} : { label: { $like: `%${label}%` } };
}

/** All must hold. */
function readTerms(query: URLSearchParams): string[] {
  const terms = new Set([...query.getAll('attr').map(readAttr), ...query.getAll('attr_type').map(valueTypeTerm)]);
  if (terms.size > mostTerms) throw errors.TOO_MANY_FILTERS(String(mostTerms));
  return [...terms];
}

/** `LABEL=VALUE`, split at the last `=`. */
function readAttr(text: string): string {
  const split = text.lastIndexOf('=');
  if (split < 0) throw errors.ATTR_FILTER(text);
  // What could not be a label must not end up as another label and the beginning of its value.
  return staticTerm(text.slice(0, split).replaceAll('\n', ' '), text.slice(split + 1));
}
