/** The operations of the store on its file. Every call is one savepoint of a transaction that the worker opens. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { portErrors } from '../../errors.ts';
import { messageOf, resultCodeOf, resultCodes } from '../../sqlite/failures.ts';
import { numberOf, textOf } from '../../sqlite/values.ts';
import type { FindOptions } from '../store.ts';
import { type CollectionSql, collectionSql, fieldOf } from './fields.ts';
import { filterSql, orderSql, type Sql } from './filter.ts';
import { defineLike } from './like.ts';
import type { Place, StoredText, StoreOperations } from './operations.ts';
import { makeCollection } from './schema.ts';

/** Statements kept prepared; filters make many different ones. */
const statementLimit = 300;
/** Of documents read at once: enough to be worth the call, and little to hold in memory twice. */
const pageCharacters = 1024 * 1024;

export function documentOperations(database: DatabaseSync): StoreOperations {
  const collections = new Map<string, CollectionSql>();
  const statements = new Map<string, StatementSync>();
  defineLike(database);
  database.exec(`CREATE TABLE IF NOT EXISTS counters (
    tenant TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID, STRICT`);

  function prepare(text: string): StatementSync {
    const known = statements.get(text);
    if (known) return known;
    if (statements.size >= statementLimit) statements.clear();
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  }

  function collectionOf(name: string): CollectionSql {
    const collection = collections.get(name);
    if (!collection) throw new Error(`the collection ${name} is not defined`);
    return collection;
  }

  /** Before a write, so that what has expired neither blocks a unique value nor is changed. */
  function removeExpired({ options, table }: CollectionSql, now: number): void {
    if (options.expiresAt === undefined) return;
    prepare(`DELETE FROM ${table} WHERE ${fieldOf(options.expiresAt).value} <= ?`).run(now);
  }

  function changing(name: string, now: number): CollectionSql {
    const collection = collectionOf(name);
    removeExpired(collection, now);
    return collection;
  }

  /** Runs a write and names what is taken when a unique index refuses it. */
  function write(collection: CollectionSql, id: string, work: () => Record<string, SQLOutputValue> | undefined) {
    try {
      return work();
    } catch (error) {
      if (resultCodeOf(error) !== resultCodes.constraint) throw error;
      const fields = /index 'unique [^ ]+ (.+)'/.exec(messageOf(error))?.[1];
      throw portErrors.DUPLICATE(`${collection.name} ${fields === undefined ? `"${id}"` : `with this ${fields}`}`);
    }
  }

  return {
    define(name, options) {
      const collection = collectionSql(name, options);
      makeCollection(database, collection);
      collections.set(name, collection);
    },

    get(name, now, tenant, id) {
      const where = one(collectionOf(name), now, tenant, id);
      const row = prepare(select(collectionOf(name), where)).get(...where.values);
      return row && storedText(row);
    },

    find(name, now, tenant, filter, options) {
      const collection = collectionOf(name);
      const where = scope(collection, now, tenant, filterSql(filter, collection, tenant));
      const order = orderSql(options);
      const page = gatheredPage();
      const statement = prepare(`${select(collection, where)} ${order.text}`);
      for (const row of statement.iterate(...where.values, ...order.values)) {
        if (page.add(storedText(row))) break;
      }
      if (!page.isFull()) return { found: page.found, rest: [] };
      const others = orderSql(after(options, page.found.length));
      const places = prepare(`SELECT tenant, id FROM ${collection.table} WHERE ${where.text} ${others.text}`);
      return { found: page.found, rest: places.all(...where.values, ...others.values).map(placeOf) };
    },

    read(name, now, places) {
      const collection = collectionOf(name);
      const page = gatheredPage();
      let taken = 0;
      for (const { tenant, id } of places) {
        taken += 1;
        const where = one(collection, now, tenant, id);
        const row = prepare(select(collection, where)).get(...where.values);
        if (row && page.add(storedText(row))) break;
      }
      return { found: page.found, taken };
    },

    ids(name, now, tenant, filter, options) {
      const collection = collectionOf(name);
      const where = scope(collection, now, tenant, filterSql(filter, collection, tenant));
      const order = orderSql(options);
      const statement = prepare(`SELECT id FROM ${collection.table} WHERE ${where.text} ${order.text}`);
      return statement.all(...where.values, ...order.values).map(({ id }) => textOf(id));
    },

    count(name, now, tenant, filter) {
      const collection = collectionOf(name);
      const where = scope(collection, now, tenant, filterSql(filter, collection, tenant));
      const statement = prepare(`SELECT count(*) AS count FROM ${collection.table} WHERE ${where.text}`);
      return numberOf(statement.get(...where.values)?.count);
    },

    insert(name, now, tenant, documents) {
      const collection = changing(name, now);
      const statement = prepare(`INSERT INTO ${collection.table} VALUES (?, ?, 1, ?) RETURNING revision`);
      for (const { id, text } of documents) write(collection, id, () => statement.get(tenant, id, text));
    },

    put(name, now, tenant, { id, text }) {
      const collection = changing(name, now);
      const statement = prepare(`INSERT INTO ${collection.table} VALUES (?, ?, 1, ?)
        ON CONFLICT (tenant, id) DO UPDATE SET document = excluded.document, revision = revision + 1 RETURNING revision`);
      return numberOf(write(collection, id, () => statement.get(tenant, id, text))?.revision);
    },

    replace(name, now, tenant, changes) {
      const collection = changing(name, now);
      const statement = prepare(`UPDATE ${collection.table} SET document = ?, revision = revision + 1
        WHERE tenant = ? AND id = ? AND revision = ? RETURNING revision`);
      for (const { id, text, revision } of changes) {
        const row = write(collection, id, () => statement.get(text, tenant, id, revision));
        if (!row) throw portErrors.REVISION_CONFLICT(`${collection.name} "${id}"`);
      }
    },

    remove(name, now, tenant, id, revision) {
      const { table } = changing(name, now);
      const statement = prepare(`DELETE FROM ${table} WHERE tenant = ? AND id = ? AND revision = coalesce(?, revision)
        RETURNING revision`);
      return statement.get(tenant, id, revision) !== undefined;
    },

    removeMany(name, now, tenant, filter) {
      const collection = changing(name, now);
      const where = scope(collection, now, tenant, filterSql(filter, collection, tenant));
      return Number(prepare(`DELETE FROM ${collection.table} WHERE ${where.text}`).run(...where.values).changes);
    },

    tenants(name, now) {
      const where = alive(collectionOf(name), now);
      const statement = prepare(
        `SELECT DISTINCT tenant FROM ${collectionOf(name).table} WHERE ${where.text} ORDER BY tenant`,
      );
      return statement.all(...where.values).map((row) => textOf(row.tenant));
    },

    sweep(now) {
      for (const collection of collections.values()) removeExpired(collection, now);
    },

    increment(tenant, counter, by) {
      const statement = prepare(`INSERT INTO counters VALUES (?, ?, ?)
        ON CONFLICT (tenant, name) DO UPDATE SET value = value + excluded.value RETURNING value`);
      return numberOf(statement.get(tenant, counter, by)?.value);
    },
  };
}

/** Documents as they are read, until they are as many characters as may be held at once. */
function gatheredPage() {
  const found: StoredText[] = [];
  let characters = 0;
  const isFull = () => characters >= pageCharacters;
  return {
    found,
    isFull,
    /** Returns whether the page is full with this one. */
    add(document: StoredText): boolean {
      found.push(document);
      characters += document.text.length;
      return isFull();
    },
  };
}

/** What is left to find when that many have been found. */
function after({ skip = 0, limit, ...options }: FindOptions, found: number): FindOptions {
  return { ...options, skip: skip + found, ...(limit === undefined ? {} : { limit: limit - found }) };
}

function placeOf(row: Record<string, SQLOutputValue>): Place {
  return { tenant: textOf(row.tenant), id: textOf(row.id) };
}

function storedText(row: Record<string, SQLOutputValue>): StoredText {
  return { tenant: textOf(row.tenant), revision: numberOf(row.revision), text: textOf(row.document) };
}

function select({ table }: CollectionSql, where: Sql): string {
  return `SELECT tenant, revision, document FROM ${table} WHERE ${where.text}`;
}

function one(collection: CollectionSql, now: number, tenant: string, id: string): Sql {
  return and(alive(collection, now), { text: 'tenant = ? AND id = ?', values: [tenant, id] });
}

function scope(collection: CollectionSql, now: number, tenant: string | null, filter: Sql): Sql {
  const visible = and(filter, alive(collection, now));
  return tenant === null ? visible : and({ text: 'tenant = ?', values: [tenant] }, visible);
}

/** Not expired; a document without a time never expires. */
function alive({ options }: CollectionSql, now: number): Sql {
  if (options.expiresAt === undefined) return { text: '1', values: [] };
  const { value } = fieldOf(options.expiresAt);
  return { text: `(${value} IS NULL OR ${value} > ?)`, values: [now] };
}

function and(one: Sql, other: Sql): Sql {
  return { text: `(${one.text}) AND (${other.text})`, values: [...one.values, ...other.values] };
}
