/** Reads a stretch of the log for somebody who keeps no offsets. */
import type { BatchHandler, Message } from '../bus.ts';
import type { LogClient } from './log-client.ts';
import type { ReadPage } from './pages.ts';
import type { Topic } from './topics.ts';

const pageSize = 1000;

interface Stretch {
  /** Epoch ms. */
  readonly since: number;
  /** Messages of all topics, in equal shares; undefined = no limit. */
  readonly most: number | undefined;
}

/** Hands over what `topics` hold of the stretch up to now, topic by topic; what the handler throws ends it. */
export async function replayTopics(
  client: LogClient,
  readPage: ReadPage,
  topics: readonly Topic[],
  { since, most = Number.POSITIVE_INFINITY }: Stretch,
  handler: BatchHandler,
): Promise<void> {
  const ends = topics.map((topic) => ({ topic, end: topic.next }));
  const share = Math.floor(most / topics.length);
  for (const { topic, end } of ends) {
    const { offset } = await client.ask({ kind: 'seek', topicId: topic.id, since }, 'found');
    let position = Math.max(offset, end - share);
    while (position < end) {
      const range = { topicId: topic.id, from: position, to: end };
      const { messages, next } = await readPage(topic.name, range, pageSize, since);
      for (const [partition, own] of byPartition(messages)) {
        await handler({ topic: topic.name, partition, messages: own });
      }
      position = next;
    }
  }
}

function byPartition(messages: readonly Message[]): Map<number, Message[]> {
  const parts = new Map<number, Message[]>();
  for (const message of messages) {
    const part = parts.get(message.partition);
    if (part) part.push(message);
    else parts.set(message.partition, [message]);
  }
  return parts;
}
