import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Origins, originMemory } from '../origins.ts';

const hour = 3_600_000;
const origin = (offset: number): string => `acme.device-data/0/${offset}/node.0`;

describe('the memory of origins', () => {
  let database: DatabaseSync;
  let origins: Origins;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec(`
      CREATE TABLE roots (id INTEGER PRIMARY KEY, topic TEXT, partition INTEGER, newest INTEGER);
      CREATE TABLE origins (root INTEGER, offset INTEGER, path INTEGER, seen INTEGER,
        PRIMARY KEY (root, offset, path)) WITHOUT ROWID;`);
    origins = originMemory(database);
  });
  afterEach(() => database.close());

  function remember(offset: number, now: number): void {
    const seen = origins.read(origin(offset), now);
    if (!seen) throw new Error('the origin is well-formed');
    origins.noted(seen, now);
    origins.write([seen]);
    origins.prune(now);
    origins.written();
  }

  function isKnown(offset: number): boolean {
    const seen = origins.read(origin(offset), 0);
    return seen !== undefined && origins.isStored(seen);
  }

  test('keeps what is young, however far behind, and what is near, however old', () => {
    remember(1, 0);
    remember(900_000, 60_000);
    remember(1_000_000, hour - 1);
    expect(isKnown(1)).toBe(true);
    remember(1_000_001, 3 * hour);
    remember(1_000_002, 3 * hour);
    expect(isKnown(1)).toBe(false);
    expect(isKnown(900_000)).toBe(true);
    expect(isKnown(900_001)).toBe(false);
  });

  test('knows a late one of a stretch that is otherwise gone', () => {
    remember(1, 0);
    remember(1_000_000, 60_000);
    remember(2, 3 * hour);
    remember(2_000_000, 3 * hour + 1);
    expect(isKnown(1)).toBe(false);
    expect(isKnown(2)).toBe(true);
  });

  test('remembers after opening again', () => {
    remember(7, 0);
    origins = originMemory(database);
    expect(isKnown(7)).toBe(true);
    expect(isKnown(6)).toBe(false);
  });

  test('takes a malformed origin for none', () => {
    expect(origins.read('acme.device-data/x/1/node.0', 0)).toBeUndefined();
  });
});
