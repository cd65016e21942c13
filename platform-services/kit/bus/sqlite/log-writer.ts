/** Writes into the log: messages, topics and what groups have consumed. Runs in the worker. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hastyTransaction, transaction } from '../../sqlite/transaction.ts';
import type { GroupChanges, TopicAppend } from './protocol.ts';

export interface LogWriter {
  /** All or nothing, fsynced. */
  append(topics: readonly TopicAppend[], groups: GroupChanges): void;
  /** Committed, but fsynced only with the next append: an offset lost in a power cut means redelivery, nothing else. */
  saveGroups(groups: GroupChanges): void;
  /** Throws when the log cannot be written. */
  ping(): void;
}

export function logWriter(database: DatabaseSync): LogWriter {
  const inserts = new Map<number, StatementSync>();
  const saveTopic = database.prepare('INSERT OR REPLACE INTO topics VALUES (?, ?, ?, ?, ?)');
  const saveOffsets = database.prepare('INSERT OR REPLACE INTO group_offsets VALUES (?, ?, ?)');
  const dropOffsets = database.prepare('DELETE FROM group_offsets WHERE group_name = ? AND topic = ?');
  const saveSeen = database.prepare('INSERT OR REPLACE INTO groups VALUES (?, ?)');
  const countPing = database.prepare('UPDATE pings SET count = count + 1');

  function appendTopic({ topic, offsets, partitions, timestamps, keys, values, headers }: TopicAppend): void {
    const insert = inserts.get(topic.id) ?? createTopic(database, topic.id);
    inserts.set(topic.id, insert);
    for (const [row, offset] of offsets.entries()) {
      insert.run(
        offset,
        partitions[row] ?? 0,
        timestamps[row] ?? 0,
        keys[row] ?? '',
        values[row] ?? '',
        headers[row] ?? null,
      );
    }
    saveTopic.run(topic.id, topic.name, topic.partitions, topic.next, JSON.stringify(topic.ends));
  }

  function writeGroups({ offsets, seen }: GroupChanges): void {
    for (const entry of offsets) {
      if (entry.offsets === null) dropOffsets.run(entry.group, entry.topic);
      else saveOffsets.run(entry.group, entry.topic, JSON.stringify(entry.offsets));
    }
    for (const entry of seen) saveSeen.run(entry.group, entry.seen);
  }

  return {
    append(topics, groups) {
      try {
        transaction(database, () => {
          for (const topic of topics) appendTopic(topic);
          writeGroups(groups);
        });
      } catch (error) {
        // A rolled-back CREATE TABLE takes the table with it, and with it the statement prepared on it.
        for (const { topic } of topics) inserts.delete(topic.id);
        throw error;
      }
    },
    saveGroups: (groups) => hastyTransaction(database, () => writeGroups(groups)),
    ping: () => transaction(database, () => countPing.run()),
  };
}

/** Rows only ever go to the end of the table, which is what a B-tree does fastest; so the log has no other index. */
function createTopic(database: DatabaseSync, id: number): StatementSync {
  database.exec(`
    CREATE TABLE IF NOT EXISTS log_${id} (
      offset INTEGER PRIMARY KEY, partition INTEGER NOT NULL, timestamp INTEGER NOT NULL,
      key TEXT NOT NULL, value TEXT NOT NULL, headers TEXT
    )`);
  return database.prepare(`INSERT INTO log_${id} VALUES (?, ?, ?, ?, ?, ?)`);
}
