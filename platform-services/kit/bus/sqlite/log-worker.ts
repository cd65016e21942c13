/** The thread that owns the file of the log: answers one request after the other. */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openError, reasonOf, toWire } from '../../sqlite/failures.ts';
import { type Checkpointer, checkpointer } from './checkpoint.ts';
import { logError } from './failures.ts';
import { type LogExpiry, logExpiry } from './log-expiry.ts';
import { openLogFile } from './log-file.ts';
import { type LogReader, logReader } from './log-reader.ts';
import { type LogWriter, logWriter } from './log-writer.ts';
import type { Envelope, Notice, Reply, Request, TopicAppend } from './protocol.ts';

interface OpenLog {
  readonly database: DatabaseSync;
  readonly reader: LogReader;
  readonly writer: LogWriter;
  readonly expiry: LogExpiry;
  readonly checkpoints: Checkpointer;
}

const { file, checkpointBytes }: { file: string; checkpointBytes: number } = workerData;
/** What a commit writes beside its messages: the unfilled page of each table. */
const pageBytes = 4096;
const port = parentPort;
if (!port) throw new Error('log-worker must be started as a worker thread');

let log: OpenLog | undefined;
let checkpointProblem: string | undefined;

port.on('message', ({ id, body }: Envelope<Request>) => {
  const reply: Envelope<Reply> = { id, body: answer(body) };
  port.postMessage(reply);
  // After the reply, so that whoever waits for it does not wait for a checkpoint too.
  if (body.kind === 'append') log?.checkpoints.written(sizeOf(body.topics));
  if (body.kind === 'groups' || body.kind === 'expire' || body.kind === 'ping') log?.checkpoints.written(2 * pageBytes);
  if (body.kind === 'close') port.close();
});

function answer(request: Request): Reply {
  try {
    if (request.kind === 'open') log = open();
    if (!log) throw new Error('the log is not open');
    return request.kind === 'close' ? close(log) : perform(log, request);
  } catch (error) {
    return { kind: 'failed', error: toWire(request.kind === 'open' ? openError(error, file) : logError(error, file)) };
  }
}

function open(): OpenLog {
  const database = openLogFile(file);
  const reader = logReader(database);
  // Reads the first and the last row of every topic: a missing or torn table shows at once.
  for (const { id, next } of reader.catalogue().topics) {
    reader.oldest(id, 0);
    reader.oldest(id, next - 1);
  }
  return {
    database,
    reader,
    writer: logWriter(database),
    expiry: logExpiry(database),
    checkpoints: checkpointer(database, checkpointBytes, reportCheckpoint),
  };
}

/** Tells the bus when checkpoints begin to fail and when they succeed again. */
function reportCheckpoint(error: unknown): void {
  const reason = error === undefined ? undefined : reasonOf(error);
  if (reason === checkpointProblem) return;
  checkpointProblem = reason;
  const notice: Envelope<Notice> = { id: 0, body: { kind: 'checkpoint', reason } };
  port?.postMessage(notice);
}

function close({ database, checkpoints }: OpenLog): Reply {
  checkpoints.stop();
  database.close();
  log = undefined;
  return { kind: 'done' };
}

function perform({ reader, writer, expiry }: OpenLog, request: Exclude<Request, { kind: 'close' }>): Reply {
  switch (request.kind) {
    case 'open':
      return { kind: 'opened', ...reader.catalogue() };
    case 'append':
      writer.append(request.topics, request.groups);
      return { kind: 'done' };
    case 'groups':
      writer.saveGroups(request.groups);
      return { kind: 'done' };
    case 'read':
      return reader.page(request.range, request.limit, request.since);
    case 'count':
      return reader.count(request.range);
    case 'seek':
      return { kind: 'found', offset: reader.seek(request.topicId, request.since) };
    case 'oldest':
      return { kind: 'oldest', oldest: reader.oldest(request.topicId, request.from) };
    case 'expire': {
      const { removed, next } = expiry.expire(request.slice);
      return { kind: 'expired', removed, next: reader.oldest(request.slice.topicId, next) };
    }
    case 'size':
      return { kind: 'sized', bytes: expiry.usedBytes() };
    case 'ping':
      writer.ping();
      return { kind: 'done' };
  }
}

function sizeOf(topics: readonly TopicAppend[]): number {
  let bytes = 0;
  for (const topic of topics) {
    bytes += 2 * pageBytes;
    for (const value of topic.values) bytes += value.length + 40;
  }
  return bytes;
}
