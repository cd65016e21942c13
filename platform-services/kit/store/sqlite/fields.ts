/** Field names as SQL: the only texts that become part of a statement, hence the strict patterns. */
import { catalogue } from '../../errors.ts';
import type { CollectionOptions } from '../store.ts';

export const queryErrors = catalogue({
  BAD_FIELD: [400, (field) => `"${field}" is not a field that can be searched by.`],
  BAD_COLLECTION: [500, (name, reason) => `The collection "${name}" cannot be made: ${reason}.`],
});

const fieldPattern = /^[\w-]+(\.[\w-]+){0,7}$/;
const collectionPattern = /^[a-z][\w-]{0,60}$/;

/** One field of the documents table, as SQL expressions. */
export interface Field {
  /** The value; objects and lists as JSON text. */
  readonly value: string;
  /** json_type: `text`, `integer`, `real`, `true`, `false`, `null`, `array`, `object`; NULL when absent. */
  readonly type: string;
  /** The JSON path as SQL text; undefined for the id. */
  readonly path?: string;
}

export interface CollectionSql {
  readonly name: string;
  readonly options: CollectionOptions;
  /** Quoted name of the documents table. */
  readonly table: string;
  /** Fields that hold no lists, because an ordinary index is on them. */
  readonly plain: ReadonlySet<string>;
  /** Quoted names of the tables of elements, by list field. */
  readonly elements: ReadonlyMap<string, string>;
}

/** Throws `BAD_FIELD` when the name does not fit the pattern. */
export function fieldOf(name: string): Field {
  if (name === 'id') return { value: 'id', type: "'text'" };
  const path = pathOf(name);
  return { value: `json_extract(document, ${path})`, type: `json_type(document, ${path})`, path };
}

export function collectionSql(name: string, options: CollectionOptions): CollectionSql {
  if (!collectionPattern.test(name)) throw queryErrors.BAD_COLLECTION(name, 'its name is not plain');
  const plain = new Set(['id']);
  const elements = new Map<string, string>();
  for (const { fields, list, unique } of options.indexes ?? []) {
    fields.forEach(pathOf);
    if (!list) for (const field of fields) plain.add(field);
    else if (fields.length === 1 && fields[0] !== undefined && !unique) {
      elements.set(fields[0], `"elements ${name} ${fields[0]}"`);
    } else throw queryErrors.BAD_COLLECTION(name, 'a list index has one field and is not unique');
  }
  return { name, options, table: `"documents ${name}"`, plain, elements };
}

function pathOf(name: string): string {
  if (!fieldPattern.test(name)) throw queryErrors.BAD_FIELD(name);
  return `'$.${name
    .split('.')
    .map((step) => `"${step}"`)
    .join('.')}'`;
}
