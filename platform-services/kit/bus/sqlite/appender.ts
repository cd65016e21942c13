/**
 * Gathers what is published and has it stored, one transaction at a time: the calls of one turn of the event loop, or all
 * that came while the transaction before was under way. So a lone message waits for one fsync, and a thousand share one.
 */
import { setImmediate } from 'node:timers';
import { isPlatformError, portErrors } from '../../errors.ts';
import type { OutgoingMessage } from '../bus.ts';
import { type Call, type Draft, draftOf } from './draft.ts';
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
  /** Bytes that may wait. */
  readonly queueBytes: number;
  /** Called when a topic is about to be stored for the first time, so that groups begin with it in the same transaction. */
  readonly onNewTopic: (topic: TopicRecord) => void;
  readonly onCommit: (messages: number, bytes: number, milliseconds: number) => void;
}

/** Of one transaction: more would hold up reads, and hold memory twice. */
const batchMessages = 5000;
const batchBytes = 8 * 1024 * 1024;

const nothing = { offsets: [], seen: [] };

export function createAppender(needs: AppenderNeeds): Appender {
  const { client, topics, offsets, queueBytes } = needs;
  let queue: Call[] = [];
  let queuedBytes = 0;
  let waiting = 0;
  let storing = false;
  let scheduled = false;
  let lastFailure: ReturnType<Appender['failure']>;
  const drainWaiters: (() => void)[] = [];

  /** The calls of the next transaction, in order; a call is never divided. */
  function take(): Call[] {
    let bytes = 0;
    let messages = 0;
    let count = 0;
    for (const call of queue) {
      bytes += call.bytes;
      messages += call.messages.length;
      if (count > 0 && (bytes > batchBytes || messages > batchMessages)) break;
      count++;
    }
    const calls = count === queue.length ? queue : queue.slice(0, count);
    queue = count === queue.length ? [] : queue.slice(count);
    return calls;
  }

  async function store(): Promise<void> {
    scheduled = false;
    storing = true;
    const calls = take();
    const failure = await commit(calls);
    lastFailure = failure && { error: failure, at: needs.now() };
    storing = false;
    for (const call of calls) {
      queuedBytes -= call.bytes;
      waiting -= call.messages.length;
    }
    // First the next transaction, then whoever waited for this one: the disk works while they are served.
    if (queue.length > 0) void store();
    for (const call of calls) {
      if (failure) call.reject(failure);
      else call.resolve();
    }
    if (!storing && !scheduled) for (const done of drainWaiters.splice(0)) done();
  }

  /** Resolves to why the messages are not stored; undefined when they are. */
  async function commit(calls: readonly Call[]): Promise<Error | undefined> {
    const draft = draftOf(calls, topics);
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
      const bytes = sizeOf(messages);
      if (queuedBytes > 0 && queuedBytes + bytes > queueBytes) {
        return Promise.reject(portErrors.BUS_UNAVAILABLE('too many messages wait to be stored'));
      }
      queuedBytes += bytes;
      waiting += messages.length;
      return new Promise((resolve, reject) => {
        queue.push({ topic, messages, timestamp: needs.now(), bytes, resolve, reject });
        if (storing || scheduled) return;
        scheduled = true;
        setImmediate(store);
      });
    },
    failure: () => lastFailure,
    waiting: () => waiting,
    drained: () => (storing || scheduled ? new Promise((resolve) => drainWaiters.push(resolve)) : Promise.resolve()),
  };
}

/** Whatever the cause: to a publisher the bus is unavailable, and nothing of its call is stored. */
function unavailable(error: unknown): Error {
  if (isPlatformError(error, 'BUS_UNAVAILABLE')) return error;
  return portErrors.BUS_UNAVAILABLE(error instanceof Error ? error.message : String(error));
}

function sizeOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const { key, value } of messages) bytes += key.length + value.length + 100;
  return bytes;
}
