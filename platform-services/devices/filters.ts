/** Query strings of lists, as conditions on the store (contract devices-templates-ops §1.5, §1.6). */
import type { Condition, Filter, FindOptions } from '../kit/store/store.ts';
import { errors } from './errors.ts';
import { readInteger } from './pages.ts';
import { staticTerm, valueTypeTerm } from './terms.ts';

/** Each is an expression within one statement of the store, whose depth is limited. */
const mostTerms = 50;

export function templateFilter(query: URLSearchParams): Filter {
  return { ...labelCondition(query), ...termsCondition(query) };
}

export function deviceFilter(query: URLSearchParams): Filter {
  const template = query.get('template');
  return {
    live: true,
    ...labelCondition(query),
    ...termsCondition(query),
    ...(template === null ? {} : { templates: readInteger(template, () => errors.TEMPLATE_FILTER(template)) }),
  };
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

function termsCondition(query: URLSearchParams): Conditions {
  const terms = new Set([...query.getAll('attr').map(readAttr), ...query.getAll('attr_type').map(valueTypeTerm)]);
  if (terms.size > mostTerms) throw errors.TOO_MANY_FILTERS(String(mostTerms));
  return terms.size === 0 ? {} : { terms: { $all: [...terms] } };
}

/** `LABEL=VALUE`, split at the last `=`. */
function readAttr(text: string): string {
  const split = text.lastIndexOf('=');
  if (split < 0) throw errors.ATTR_FILTER(text);
  // What could not be a label must not end up as another label and the beginning of its value.
  return staticTerm(text.slice(0, split).replaceAll('\n', ' '), text.slice(split + 1));
}
