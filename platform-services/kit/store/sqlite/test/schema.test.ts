import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { collectionSql } from '../fields.ts';
import { filterSql } from '../filter.ts';
import { makeCollection } from '../schema.ts';

const collection = collectionSql('devices', { indexes: [{ fields: ['tags'], list: true }] });
let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(':memory:');
  makeCollection(database, collection);
});
afterEach(() => database.close());

const insert = (document: unknown) =>
  database.prepare(`INSERT INTO ${collection.table} VALUES ('acme', '1', 1, ?)`).run(JSON.stringify(document));

/** Returns how many rows changed, those changed by triggers included. */
function update(document: unknown): number {
  const total = () => Number(database.prepare('SELECT total_changes() AS total').get()?.total);
  const before = total();
  database.prepare(`UPDATE ${collection.table} SET document = ?`).run(JSON.stringify(document));
  return total() - before;
}
const elements = () =>
  database
    .prepare('SELECT value FROM "elements devices tags" ORDER BY value')
    .all()
    .map(({ value }) => value);

test('leaves the elements of a list alone when an update does not change it', () => {
  insert({ tags: ['a', 'b'], label: 'x' });
  expect(update({ tags: ['a', 'b'], label: 'y' })).toBe(1);
  expect(elements()).toEqual(['a', 'b']);
});

test('writes only the elements that go and come', () => {
  insert({ tags: ['a', 'b', 'c'] });
  expect(update({ tags: ['d', 'b', 'c'] })).toBe(3);
  expect(elements()).toEqual(['b', 'c', 'd']);
});

test.each([
  ['other elements', ['b', 'c'], ['b', 'c']],
  ['none', [], []],
  ['a scalar that looks like the list', '["a","b"]', ['["a","b"]']],
  ['nothing', undefined, []],
])('follows a list that becomes %s', (_case, tags, expected) => {
  insert({ tags: ['a', 'b'] });
  update({ tags });
  expect(elements()).toEqual(expected);
  update({ tags: ['a', 'b'] });
  expect(elements()).toEqual(['a', 'b']);
});

test('gives a file of an earlier version the triggers of this one', () => {
  database.exec(`DROP TRIGGER "elements devices tags update";
    CREATE TRIGGER "elements devices tags update" AFTER UPDATE ON ${collection.table}
      BEGIN DELETE FROM "elements devices tags"; END`);
  insert({ tags: ['a'] });
  makeCollection(database, collection);
  update({ tags: ['a', 'b'] });
  expect(elements()).toEqual(['a', 'b']);
});

const listed = collectionSql('devices', {
  indexes: [{ fields: ['live', 'id'] }, { fields: ['tags'], list: true }, { fields: ['rooms'], list: true }],
});
test('finds what two lists have in common without trying every pair', () => {
  makeCollection(database, listed);
  const { text, values } = filterSql({ live: true, tags: 'a', rooms: 'b' }, listed, 'acme');
  const plan = database
    .prepare(`EXPLAIN QUERY PLAN SELECT document FROM ${listed.table} WHERE tenant = 'acme' AND (${text})`)
    .all(...values)
    .map(({ detail }) => String(detail));
  const searches = plan.filter((detail) => detail.includes('documents devices'));
  expect(searches).toHaveLength(1);
  expect(searches[0]?.match(/\bid=\?/g)).toHaveLength(1);
});

test('gives a file of an earlier version the indexes of this one, once', () => {
  const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get();
  const options = { indexes: [{ fields: ['live', 'id'] }, { fields: ['label'], unique: true }], expiresAt: 'until' };
  const plain = collectionSql('devices', options);
  database.exec(`CREATE INDEX IF NOT EXISTS "index devices live,id"
    ON ${collection.table} (tenant, json_extract(document, '$."live"'), id, id)`);
  makeCollection(database, plain);
  const columns = database.prepare(`PRAGMA index_info("index devices live,id")`).all();
  expect(columns).toHaveLength(3);
  const before = pragma('schema_version');
  makeCollection(database, plain);
  expect(pragma('schema_version')).toEqual(before);
});
