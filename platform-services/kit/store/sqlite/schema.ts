/** Tables, indexes and triggers of one collection. */
import type { DatabaseSync } from 'node:sqlite';
import { textOf } from '../../sqlite/values.ts';
import type { IndexDefinition } from '../store.ts';
import { type CollectionSql, fieldOf } from './fields.ts';

/** Makes what is missing and drops indexes that are no longer asked for, or were made otherwise by an earlier version. */
export function makeCollection(database: DatabaseSync, collection: CollectionSql): void {
  const { table, name, options } = collection;
  database.exec(`CREATE TABLE IF NOT EXISTS ${table} (
    tenant TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) STRICT`);
  const wanted = new Map<string, string>();
  for (const index of options.indexes ?? []) {
    if (!index.list) wanted.set(indexName(name, index), indexSql(table, indexName(name, index), index));
  }
  if (options.expiresAt !== undefined) {
    const expiry = `expiry ${name} ${options.expiresAt}`;
    wanted.set(expiry, `CREATE INDEX "${expiry}" ON ${table} (${fieldOf(options.expiresAt).value})`);
  }
  const present = dropOthers(database, collection, wanted);
  for (const [index, sql] of wanted) if (!present.has(index)) database.exec(sql);
  for (const [field, elements] of collection.elements) makeElements(database, collection, field, elements);
}

function indexName(collection: string, { fields, unique }: IndexDefinition): string {
  return `${unique ? 'unique' : 'index'} ${collection} ${fields.join(',')}`;
}

function indexSql(table: string, name: string, { fields, unique }: IndexDefinition): string {
  const keys = ['tenant', ...fields.map((field) => fieldOf(field).value)];
  if (unique) return `CREATE UNIQUE INDEX "${name}" ON ${table} (${keys})`;
  // With the id at its end an ordinary index also serves as the order of a listing. Never twice: SQLite looks a second
  // list of ids up in the second column of ids, every id of the one with every id of the other.
  return `CREATE INDEX "${name}" ON ${table} (${keys.at(-1) === 'id' ? keys : [...keys, 'id']})`;
}

/** Returns the names of those that stay. */
function dropOthers(
  database: DatabaseSync,
  { name }: CollectionSql,
  wanted: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const existing = database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
    .all(`documents ${name}`);
  const staying = new Set<string>();
  for (const row of existing) {
    const index = textOf(row.name);
    if (wanted.get(index) === textOf(row.sql)) staying.add(index);
    else database.exec(`DROP INDEX "${index}"`);
  }
  return staying;
}

/** One row per element of a list field, kept by triggers, hence in the transaction of every write. */
function makeElements(database: DatabaseSync, { table }: CollectionSql, field: string, elements: string): void {
  const { path } = fieldOf(field);
  const trigger = (event: string): string => `${elements.slice(0, -1)} ${event}"`;
  // Not OR IGNORE: within a trigger that gives way to the policy of the statement that fires it, as an upsert.
  const add = `INSERT INTO ${elements}
    SELECT NEW.tenant, value, NEW.id FROM json_each(NEW.document, ${path}) WHERE value IS NOT NULL
    ON CONFLICT DO NOTHING;`;
  const take = `DELETE FROM ${elements} WHERE tenant = OLD.tenant AND id = OLD.id
    AND value IN (SELECT value FROM json_each(OLD.document, ${path}));`;
  const takeOthers = `${take.slice(0, -1)} AND value NOT IN
    (SELECT value FROM json_each(NEW.document, ${path}) WHERE value IS NOT NULL);`;
  // `->` keeps JSON, so that a list differs from a text that looks like it.
  const changed = `OLD.document -> ${path} IS NOT NEW.document -> ${path}`;
  const exists = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(elements.slice(1, -1));
  if (!exists) {
    database.exec(`
      CREATE TABLE ${elements} (tenant TEXT NOT NULL, value NOT NULL, id TEXT NOT NULL,
        PRIMARY KEY (tenant, value, id)) WITHOUT ROWID;
      INSERT OR IGNORE INTO ${elements}
        SELECT documents.tenant, element.value, documents.id FROM ${table} AS documents, json_each(document, ${path}) AS element
        WHERE element.value IS NOT NULL;
    `);
  }
  // Made anew each time: those in the file may be of an earlier version.
  database.exec(`
    DROP TRIGGER IF EXISTS ${trigger('insert')};
    DROP TRIGGER IF EXISTS ${trigger('update')};
    DROP TRIGGER IF EXISTS ${trigger('delete')};
    CREATE TRIGGER ${trigger('insert')} AFTER INSERT ON ${table} BEGIN ${add} END;
    CREATE TRIGGER ${trigger('update')} AFTER UPDATE ON ${table} WHEN ${changed} BEGIN ${takeOthers} ${add} END;
    CREATE TRIGGER ${trigger('delete')} AFTER DELETE ON ${table} BEGIN ${take} END;
  `);
}
