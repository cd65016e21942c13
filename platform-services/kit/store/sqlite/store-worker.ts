/** The thread that owns the file of the documents: calls that arrive together share one commit. */
import type { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { fromWire } from '../../sqlite/failures.ts';
import { openFile } from '../../sqlite/open-file.ts';
import type { Call, Reply } from '../../sqlite/thread-calls.ts';
import { serveThread } from '../../sqlite/thread-serve.ts';
import { rollBack } from '../../sqlite/transaction.ts';
import { documentOperations } from './documents.ts';

const { file }: { file: string } = workerData;

serveThread(file, () => {
  // 0x64646f63 is "ddoc".
  const database = openFile(file, { name: 'a document store', applicationId: 0x64646f63, version: 1 });
  database.exec('PRAGMA cache_size = -16000');
  return {
    operations: documentOperations(database),
    group: (next, perform) => commitTogether(database, next, perform),
    close: () => database.close(),
  };
});

/** Each call is atomic by its savepoint, all are durable by one commit. */
function commitTogether(
  database: DatabaseSync,
  next: () => Call | undefined,
  perform: (call: Call) => Reply,
): readonly Reply[] {
  database.exec('BEGIN');
  try {
    const replies: Reply[] = [];
    for (let call = next(); call; call = next()) {
      database.exec('SAVEPOINT call');
      const reply = perform(call);
      // After some errors (disk full) SQLite has rolled back everything: then none of the group is stored.
      if (reply.error && !database.isTransaction) throw fromWire(reply.error);
      if (reply.error) database.exec('ROLLBACK TO call');
      database.exec('RELEASE call');
      replies.push(reply);
    }
    database.exec('COMMIT');
    return replies;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}
