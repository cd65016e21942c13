/** The embedded bus: an append-only log in one SQLite file that a worker thread owns. */
import type { Clock } from '../../clock.ts';
import { portErrors } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Bus } from '../bus.ts';
import { createAppender } from './appender.ts';
import { busCounters } from './counters.ts';
import { createGroups } from './groups.ts';
import { lagOf } from './lag.ts';
import { type LogClientNeeds, openLogClient } from './log-client.ts';
import { createOffsets } from './offsets.ts';
import { pageReader } from './pages.ts';
import { replayTopics } from './replay.ts';
import { type RetentionLimits, startRetention } from './retention.ts';
import type { PartitionTail } from './tail.ts';
import { createTopics, matches } from './topics.ts';

export interface SqliteBusOptions {
  /** Its folder is made when it is missing. */
  readonly file: string;
  /** Of topics that are new; a topic keeps the number it was made with. */
  readonly partitions?: number;
  readonly retention: RetentionLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Bytes of recent messages kept in memory for readers that are up to date; default 16 MiB. */
  readonly tailBytes?: number;
  /** Bytes that may wait to be stored before `publish` refuses; default 256 MiB. One tenant alone gets a quarter of them. */
  readonly queueBytes?: number;
}

const mebibyte = 1024 * 1024;
const defaults = { partitions: 8, tailBytes: 16 * mebibyte, queueBytes: 256 * mebibyte };
/** Bytes after which the journal is moved into the file: some 10 ms of writing, a few times a second at full load. */
const checkpointBytes = 8 * mebibyte;
/** ms for which a failed transaction makes `ping` reject. */
const failureCounts = 5000;

/**
 * Opens the log, or makes it. Rejects with `CORRUPT_FILE`, `FILE_IN_USE` (another process has it), `FILE_TOO_NEW` or
 * `FOLDER_UNUSABLE`, each naming the file or folder.
 */
export function createSqliteBus(options: SqliteBusOptions): Promise<Bus> {
  return openBus(options, openLogClient);
}

/** The same with the log's client handed in: tests hold the worker thread in their hands. */
export async function openBus(options: SqliteBusOptions, openClient: typeof openLogClient): Promise<Bus> {
  const { file, partitions = defaults.partitions, retention: limits, clock, metrics } = options;
  const log = options.log.part('bus');
  const budget = { limit: options.tailBytes ?? defaults.tailBytes, bytes: 0, tails: new Set<PartitionTail>() };
  const topics = createTopics(partitions, budget);
  const takeOver: LogClientNeeds['onReopened'] = (catalogue) => {
    for (const record of catalogue.topics) topics.update(record);
  };
  const { client, catalogue } = await openClient({ file, checkpointBytes, log, onReopened: takeOver });
  takeOver(catalogue);

  const counters = metrics && busCounters(metrics);
  const offsets = createOffsets(catalogue.groups, { client, clock, log });
  const readPage = pageReader(client);
  const groups = createGroups({ topics, offsets, readPage, log });
  topics.onAppeared(groups.topicAppeared);
  const appender = createAppender({
    client,
    topics,
    offsets,
    now: () => clock.now(),
    queueBytes: options.queueBytes ?? defaults.queueBytes,
    onNewTopic: groups.beginWith,
    onCommit: (messages, bytes, milliseconds) => counters?.committed(messages, bytes, milliseconds),
  });
  metrics?.gauge('dojot_bus_waiting_messages', 'Messages that wait to be stored', appender.waiting);
  const retention = startRetention({
    client,
    topics,
    offsets,
    activeGroups: groups.active,
    limits,
    clock,
    log,
    onHeld: () => counters?.held(),
  });

  let subscribable = true;
  let publishable = true;
  let stopped: Promise<void> | undefined;

  /** Handlers that still run may publish, so publishing ends after the subscriptions. */
  async function stop(): Promise<void> {
    subscribable = false;
    await groups.stop();
    publishable = false;
    await appender.drained();
    await retention.stop();
    await offsets.flush();
    offsets.stop();
    await client.stop();
  }

  return {
    logId: catalogue.logId,
    async publish(topic, messages) {
      if (!publishable) throw hasStopped();
      await appender.publish(topic, messages);
    },
    async subscribe(subscription, handler) {
      if (!subscribable) throw hasStopped();
      return groups.subscribe(subscription, handler);
    },
    async replay(filter, since, handler, most) {
      if (!subscribable) throw hasStopped();
      await replayTopics(client, readPage, topics.matching(filter), { since, most }, handler);
    },
    async forget(group, filter) {
      for (const topic of offsets.topicsOf(group)) if (matches(filter, topic)) offsets.forget(group, topic);
      if (!(await offsets.flush())) throw portErrors.BUS_UNAVAILABLE('offsets cannot be written');
    },
    lag: (group) => lagOf(group, client, topics, offsets),
    async ping() {
      // A full disk may still have room for a ping, but not for messages.
      const failure = appender.failure();
      if (failure && clock.now() - failure.at < failureCounts) throw failure.error;
      await client.ask({ kind: 'ping' }, 'done');
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function hasStopped(): Error {
  return portErrors.BUS_UNAVAILABLE('the bus has been stopped');
}
