/** The tables of the history file. */
import type { DatabaseSync } from 'node:sqlite';
import { openFile } from '../../sqlite/open-file.ts';

/**
 * `points` is clustered: the rows of a series lie together, in time order; `seq` keeps arrival order among equal times.
 * Values: REAL affinity keeps whole numbers small on disk and hands all numbers back as such; other values are JSON texts,
 * which SQLite orders above every number and never takes for one.
 */
export function openHistoryFile(file: string): DatabaseSync {
  // 0x64686973 is "dhis".
  const database = openFile(file, { name: 'a history', applicationId: 0x64686973, version: 2 });
  database.exec(`
    PRAGMA cache_size = -32000;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS series (
      id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, device TEXT NOT NULL, attribute TEXT NOT NULL,
      UNIQUE (tenant, device, attribute));
    CREATE TABLE IF NOT EXISTS points (
      series INTEGER NOT NULL, time INTEGER NOT NULL, seq INTEGER NOT NULL, value REAL NOT NULL, metadata TEXT,
      PRIMARY KEY (series, time, seq)) WITHOUT ROWID;
    -- Of points by their seq; see long-texts.ts. Files of version 1 have none and are read as they are.
    CREATE TABLE IF NOT EXISTS long_texts (seq INTEGER PRIMARY KEY, value TEXT, metadata TEXT);
    CREATE TABLE IF NOT EXISTS positions (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
      PRIMARY KEY (topic, partition)) WITHOUT ROWID;
    -- The log of the positions and origins.
    CREATE TABLE IF NOT EXISTS followed (id INTEGER PRIMARY KEY CHECK (id = 1), log TEXT NOT NULL);
    -- Partitions of device messages that origins name, with the newest offset seen.
    CREATE TABLE IF NOT EXISTS roots (
      id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, newest INTEGER NOT NULL);
    -- Origins seen; time of arrival in s.
    CREATE TABLE IF NOT EXISTS origins (
      root INTEGER NOT NULL, offset INTEGER NOT NULL, path INTEGER NOT NULL, seen INTEGER NOT NULL,
      PRIMARY KEY (root, offset, path)) WITHOUT ROWID;
    -- The seq of the next point.
    CREATE TABLE IF NOT EXISTS sequence (id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL);
    INSERT OR IGNORE INTO sequence VALUES (1, 1);
    COMMIT;
  `);
  return database;
}
