/**
 * Gathers what is published and has it stored, one transaction at a time: the calls of one turn of the event loop, or what
 * came while the transaction before was under way. So a lone message waits for one fsync, and a thousand share one.
 */
import { setImmediate } from 'node:timers';
import { isPlatformError, portErrors } from '../../errors.ts';
import type { OutgoingMessage } from '../bus.ts';
import { type Draft, draftOf } from './draft.ts';
import { fairQueue, type Part, type Size } from './fair-queue.ts';
import { type LogClient, WorkerDied } from './log-client.ts';
import type { Offsets } from './offsets.ts';
import type { TopicRecord } from './protocol.ts';
import type { Topics } from './topics.ts';

export interface Appender {
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Why the newest transaction could not be stored, and when (epoch ms); undefined when it could. */
  failure(): { readonly error: Error; readonly at: number } | undefined;
  /** Messages that wait or are being stored. */
  waiting(): number;
  /** Resolves when nothing waits. */
  drained(): Promise<void>;
}

export interface AppenderNeeds {
  readonly client: LogClient;
  readonly topics: Topics;
  readonly offsets: Offsets;
  readonly now: () => number;
  /** Bytes that may wait, of all tenants; none gets all of them (fair-queue.ts). */
  readonly queueBytes: number;
  /** Called when a topic is about to be stored for the first time, so that groups begin with it in the same transaction. */
  readonly onNewTopic: (topic: TopicRecord) => void;
  readonly onCommit: (messages: number, bytes: number, milliseconds: number) => void;
}

/** Of one transaction: more would hold up reads, and hold memory twice. */
const transactionSize: Size = { messages: 5000, bytes: 8 * 1024 * 1024 };

const nothing = { offsets: [], seen: [] };

export function createAppender(needs: AppenderNeeds): Appender {
  const { client, topics, offsets, queueBytes } = needs;
  const queue = fairQueue(queueBytes);
  let storing = false;
  let scheduled = false;
  let lastFailure: ReturnType<Appender['failure']>;
  const drainWaiters: (() => void)[] = [];

  async function store(): Promise<void> {
    scheduled = false;
    const parts = queue.take(transactionSize);
    storing = parts.length > 0;
    if (!storing) {
      for (const done of drainWaiters.splice(0)) done();
      return;
    }
    const failure = await commit(parts);
    lastFailure = failure && { error: failure, at: needs.now() };
    queue.settle(parts, failure !== undefined);
    // First the next transaction, then whoever waited for this one: the disk works while they are served.
    void store();
    for (const { call, isLast } of parts) {
      if (failure) call.reject(failure);
      else if (isLast) call.resolve();
    }
  }

  /** Resolves to why the messages are not stored; undefined when they are. */
  async function commit(parts: readonly Part[]): Promise<Error | undefined> {
    const draft = draftOf(parts, topics);
    for (const record of draft.newTopics) needs.onNewTopic(record);
    const groups = draft.newTopics.length > 0 ? offsets.takeChanges() : nothing;
    const before = performance.now();
    try {
      await client.ask({ kind: 'append', topics: draft.appends, groups }, 'done');
    } catch (error) {
      offsets.restore(groups);
      return verdict(error, draft);
    }
    needs.onCommit(draft.messages, draft.bytes, performance.now() - before);
    draft.publishTo(topics);
    return undefined;
  }

  /** Undefined when the messages were stored after all: the worker died between the commit and its reply. */
  async function verdict(error: unknown, draft: Draft): Promise<Error | undefined> {
    if (!(error instanceof WorkerDied)) return unavailable(error);
    try {
      await client.ready();
    } catch (restartError) {
      return unavailable(restartError);
    }
    const stored = draft.appends.every(({ topic }) => (topics.get(topic.name)?.next ?? 0) >= topic.next);
    return stored ? undefined : unavailable(error);
  }

  return {
    publish(topic, messages) {
      if (messages.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        if (!queue.add({ topic, messages, timestamp: needs.now(), resolve, reject })) {
          return reject(portErrors.BUS_UNAVAILABLE('too many messages wait to be stored'));
        }
        if (storing || scheduled) return;
        scheduled = true;
        setImmediate(store);
      });
    },
    failure: () => lastFailure,
    waiting: queue.messages,
    drained: () => (storing || scheduled ? new Promise((resolve) => drainWaiters.push(resolve)) : Promise.resolve()),
  };
}

/** Whatever the cause: to a publisher the bus is unavailable. */
function unavailable(error: unknown): Error {
  if (isPlatformError(error, 'BUS_UNAVAILABLE')) return error;
  return portErrors.BUS_UNAVAILABLE(error instanceof Error ? error.message : String(error));
}
