/**
 * From the port's filters to SQL. Values are always bound, never part of the text. Semantics are MongoDB's: comparisons
 * stay within one JSON type, null also means absent, and a list field matches when one of its elements does.
 */
import type { SQLInputValue } from 'node:sqlite';
import type { Condition, Filter, FindOptions, Scalar } from '../store.ts';
import { type CollectionSql, type Field, fieldOf } from './fields.ts';
import { likeFunction } from './like.ts';

export interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

type Comparison = '=' | '>' | '>=' | '<' | '<=';

const never: Sql = { text: '0', values: [] };

/** A condition on rows of the documents table. `tenant`, when given, allows the tables of list elements to be used. */
export function filterSql(filter: Filter, collection: CollectionSql, tenant: string | null): Sql {
  const parts = Object.entries(filter).map(([name, wanted]) => {
    if (isList(wanted)) {
      const filters = wanted.map((one) => filterSql(one, collection, tenant));
      return name === '$or' ? or(filters) : and(filters);
    }
    return and(conditionsSql(name, isCondition(wanted) ? wanted : { $eq: wanted }, collection, tenant));
  });
  return and(parts);
}

/** ORDER BY with the id as last tie-breaker, then LIMIT and OFFSET. */
export function orderSql(options: FindOptions): Sql {
  const keys = (options.sort ?? []).map(
    ({ field, descending }) => `${fieldOf(field).value}${descending ? ' DESC' : ''}`,
  );
  return {
    text: `ORDER BY ${[...keys, 'id', 'tenant'].join(', ')} LIMIT ? OFFSET ?`,
    values: [options.limit ?? -1, options.skip ?? 0],
  };
}

function conditionsSql(name: string, condition: Condition, collection: CollectionSql, tenant: string | null): Sql[] {
  const field = fieldOf(name);
  const plain = collection.plain.has(name);
  const elements = tenant === null ? undefined : collection.elements.get(name);
  /** Narrows by the table of elements, which knows no types, then tests for good. */
  const anyOf = (values: readonly Scalar[]): Sql => {
    const test = or(byType(values).map((group) => holds(field, plain, (value, type) => isIn(group, value, type))));
    if (elements === undefined || tenant === null || values.includes(null)) return test;
    const narrow = `id IN (SELECT id FROM ${elements} WHERE tenant = ? AND value IN (SELECT value FROM json_each(?)))`;
    return and([{ text: narrow, values: [tenant, JSON.stringify(values)] }, test]);
  };
  const compare = (comparison: Comparison, wanted: string | number): Sql =>
    holds(field, plain, (value, type) => ({
      text: `${value} ${comparison} ? AND ${type} IN ${typeNames(wanted)}`,
      values: [wanted],
    }));

  const parts: Sql[] = [];
  if (condition.$eq !== undefined) parts.push(anyOf([condition.$eq]));
  if (condition.$ne !== undefined) parts.push(not(anyOf([condition.$ne])));
  if (condition.$in !== undefined) parts.push(anyOf(condition.$in));
  if (condition.$all !== undefined) parts.push(...condition.$all.map((one) => anyOf([one])));
  if (condition.$gt !== undefined) parts.push(compare('>', condition.$gt));
  if (condition.$gte !== undefined) parts.push(compare('>=', condition.$gte));
  if (condition.$lt !== undefined) parts.push(compare('<', condition.$lt));
  if (condition.$lte !== undefined) parts.push(compare('<=', condition.$lte));
  if (condition.$exists !== undefined) {
    parts.push({ text: `${field.type} IS ${condition.$exists ? 'NOT NULL' : 'NULL'}`, values: [] });
  }
  const pattern = condition.$like;
  if (pattern !== undefined) {
    parts.push(
      holds(field, plain, (value, type) => ({
        text: `${likeFunction}(?, ${value}) AND ${type} = 'text'`,
        values: [pattern],
      })),
    );
  }
  return parts;
}

/** `test` on the field itself, or on it and on each element of the list it may be. */
function holds(field: Field, plain: boolean, test: (value: string, type: string) => Sql): Sql {
  if (plain || field.path === undefined) return test(field.value, field.type);
  // json_each of a scalar is one row: the scalar itself; of nothing it is no row, which only null matches.
  const { text, values } = test('element.value', 'element.type');
  const each = `EXISTS (SELECT 1 FROM json_each(document, ${field.path}) AS element WHERE ${text})`;
  const absent = test('NULL', 'NULL');
  return {
    text: `((${each} AND ${field.type} <> 'object') OR (${field.type} IS NULL AND (${absent.text})))`,
    values: [...values, ...absent.values],
  };
}

function isIn(group: readonly Scalar[], value: string, type: string): Sql {
  const [first] = group;
  if (first === null) return { text: `${value} IS NULL`, values: [] };
  if (first === undefined) return never;
  const types = `${type} IN ${typeNames(first)}`;
  if (typeof first === 'boolean') return { text: `${value} = ? AND ${types}`, values: [first ? 1 : 0] };
  if (group.length === 1) return { text: `${value} = ? AND ${types}`, values: [first] };
  return { text: `${value} IN (SELECT value FROM json_each(?)) AND ${types}`, values: [JSON.stringify(group)] };
}

/** Values of one type together, so that one test can take them all; true and false are types of their own in JSON. */
function byType(values: readonly Scalar[]): Scalar[][] {
  return [...Map.groupBy(values, (value) => (typeof value === 'boolean' ? value : typeof value)).values()];
}

function typeNames(value: string | number | boolean): string {
  if (typeof value === 'string') return "('text')";
  if (typeof value === 'number') return "('integer', 'real')";
  return value ? "('true')" : "('false')";
}

function and(parts: readonly Sql[]): Sql {
  return join(parts, ' AND ', '1');
}

function or(parts: readonly Sql[]): Sql {
  return join(parts, ' OR ', '0');
}

function not({ text, values }: Sql): Sql {
  return { text: `(${text}) IS NOT TRUE`, values };
}

function join(parts: readonly Sql[], word: string, empty: string): Sql {
  if (parts.length === 0) return { text: empty, values: [] };
  return { text: parts.map(({ text }) => `(${text})`).join(word), values: parts.flatMap(({ values }) => values) };
}

/** What `$or` and `$and` combine. */
function isList(wanted: Scalar | Condition | readonly Filter[]): wanted is readonly Filter[] {
  return Array.isArray(wanted);
}

function isCondition(wanted: Scalar | Condition | readonly Filter[]): wanted is Condition {
  return typeof wanted === 'object' && wanted !== null;
}
