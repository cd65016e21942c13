import { DatabaseSync } from 'node:sqlite';
import type { Subject } from './subject.ts';
import type { Series } from './workload.ts';

/**
 * What a straightforward implementation does: one clustered table, one transaction per batch, durable when it returns,
 * SQL for everything else. It runs in the caller's thread and spares itself the way to a worker.
 */
export function plainTable(file: string): Subject {
  let table = openTable(file);
  const ids = new Map<string, number>();

  function idOf({ tenant, deviceId, attribute }: Series): number {
    const key = `${tenant}/${deviceId}/${attribute}`;
    const id = ids.get(key) ?? ids.size + 1;
    ids.set(key, id);
    return id;
  }

  return {
    name: 'plain clustered table',
    async append(entries, offset) {
      table.database.exec('BEGIN');
      for (const { points } of entries) {
        for (const point of points) table.insert.run(idOf(point), point.time, offset, JSON.stringify(point.value));
      }
      table.move.run(offset);
      table.database.exec('COMMIT');
    },
    settle: () => Promise.resolve(),
    async reopen() {
      table.database.close();
      table = openTable(file);
    },
    newest: async (series, limit) =>
      table.newest.all(idOf(series), limit).map((row) => JSON.parse(String(row.value))).length,
    buckets: async (series, from, width, count) =>
      table.buckets.all(from, width, idOf(series), from, from + width * count).length,
    expire: async (before) => Number(table.expire.run(before).changes),
    stop: async () => table.database.close(),
  };
}

function openTable(file: string) {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000;
    CREATE TABLE IF NOT EXISTS points (series INTEGER, time INTEGER, seq INTEGER, value TEXT,
      PRIMARY KEY (series, time, seq)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, offset INTEGER);
  `);
  return {
    database,
    insert: database.prepare('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)'),
    move: database.prepare('INSERT OR REPLACE INTO position VALUES (1, ?)'),
    newest: database.prepare('SELECT time, value FROM points WHERE series = ? ORDER BY time DESC LIMIT ?'),
    buckets: database.prepare(`
      SELECT CAST((time - ?) / ? AS INTEGER) AS bucket, count(*), min(CAST(value AS REAL)), max(CAST(value AS REAL)),
        avg(CAST(value AS REAL)), sum(CAST(value AS REAL))
      FROM points WHERE series = ? AND time >= ? AND time < ? GROUP BY bucket`),
    expire: database.prepare('DELETE FROM points WHERE time < ?'),
  };
}
