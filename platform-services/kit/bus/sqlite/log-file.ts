/** The tables of the message log; each topic has one more of its own (log-writer.ts). */
import type { DatabaseSync } from 'node:sqlite';
import { openFile } from '../../sqlite/open-file.ts';

export function openLogFile(file: string): DatabaseSync {
  // 0x64627573 is "dbus".
  const database = openFile(file, { name: 'a message log', applicationId: 0x64627573, version: 1 });
  // The checkpoint is ours (checkpoint.ts): inside a commit it would stall the acknowledgements that wait for it.
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8000;');
  createTables(database);
  return database;
}

function createTables(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS topics (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
      next INTEGER NOT NULL, ends TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS group_offsets (
      group_name TEXT NOT NULL, topic TEXT NOT NULL, offsets TEXT NOT NULL, PRIMARY KEY (group_name, topic)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS identity (id INTEGER PRIMARY KEY CHECK (id = 1), log TEXT NOT NULL);
    INSERT OR IGNORE INTO identity VALUES (1, lower(hex(randomblob(16))));
    CREATE TABLE IF NOT EXISTS pings (id INTEGER PRIMARY KEY, count INTEGER NOT NULL);
    INSERT OR IGNORE INTO pings VALUES (1, 0);
    COMMIT;
  `);
}
