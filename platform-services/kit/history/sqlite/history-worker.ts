/** The thread that owns the history file. */
import type { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { Position } from '../../bus/bus.ts';
import { portErrorOf, toWire } from '../../sqlite/failures.ts';
import { serveThread } from '../../sqlite/thread-serve.ts';
import { numberOf, textOf } from '../../sqlite/values.ts';
import { bucketReader } from './buckets.ts';
import { expirer } from './expiry.ts';
import { logFollower } from './followed-log.ts';
import { heads as createHeads, type Heads } from './heads.ts';
import { openHistoryFile } from './history-file.ts';
import { intake } from './intake.ts';
import type { HeadLimits, HistoryEvent, HistoryOperations } from './operations.ts';
import { originMemory } from './origins.ts';
import { pageReader, pagesReader } from './reader.ts';
import { type SeriesCatalogue, seriesCatalogue } from './series-catalogue.ts';

const { file, limits }: { file: string; limits: HeadLimits } = workerData;

serveThread<HistoryEvent>(file, (emit) => {
  const database = openHistoryFile(file);
  const series = seriesCatalogue(database);
  const origins = originMemory(database);
  const sequence = { next: numberOf(database.prepare('SELECT next FROM sequence').get()?.next) };
  /** Of the latest append; origins are kept by the clock of those who append. */
  let now = 0;
  const heads = createHeads({
    database,
    series,
    origins,
    sequence,
    limits,
    now: () => now,
    durable: (durable) => emit({ durable }),
    full: (full) => emit({ full }),
    failed: (error) => emit({ failed: toWire(portErrorOf(error, file)) }),
  });
  const input = intake({ heads, series, origins, sequence });
  const page = pageReader({ database, heads, series });
  const operations: HistoryOperations = {
    follow: logFollower(database, origins),
    append(pack, positions, time) {
      now = time;
      return input.take(pack, positions, time);
    },
    positions: () => storedPositions(database),
    page,
    pages: pagesReader(page),
    buckets: bucketReader({ database, heads, series }),
    hasRows: rowFinder(database, heads, series),
    expire: expirer(database, (id) => input.isKnown(id) || isInMemory(heads, id)),
    flush: () => heads.flush(),
    ping: () => ping(database, heads),
  };
  return {
    operations,
    close() {
      heads.stop();
      // What of a head is in an open transaction goes with it; the bus still has it.
      database.close();
    },
  };
});

function storedPositions(database: DatabaseSync): Position[] {
  const rows = database.prepare('SELECT topic, partition, offset FROM positions').all();
  return rows.map((row) => ({
    topic: textOf(row.topic),
    partition: numberOf(row.partition),
    offset: numberOf(row.offset),
  }));
}

function rowFinder(database: DatabaseSync, heads: Heads, series: SeriesCatalogue) {
  const any = database.prepare('SELECT 1 FROM points WHERE series = ? LIMIT 1');
  return (tenant: string, deviceId: string): boolean => {
    for (const id of series.ofDevice(tenant, deviceId)) {
      if (isInMemory(heads, id) || any.get(id) !== undefined) return true;
    }
    return false;
  };
}

function isInMemory({ active, writing }: Heads, series: number): boolean {
  return active.columns.has(series) || writing?.rest(series) !== undefined;
}

/** A write of its own shows that the file takes one; within the transaction of a head, that will show it. */
function ping(database: DatabaseSync, heads: Heads): void {
  heads.refuseIfFailing();
  if (!database.isTransaction) database.exec('UPDATE sequence SET next = next');
}
