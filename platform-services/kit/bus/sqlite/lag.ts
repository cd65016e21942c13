/** How far a group is behind. */
import type { Lag } from '../bus.ts';
import type { LogClient } from './log-client.ts';
import type { Offsets } from './offsets.ts';
import type { RowRange } from './protocol.ts';
import type { Topics } from './topics.ts';

/** One entry for every partition of every topic the group has met. */
export async function lagOf(group: string, client: LogClient, topics: Topics, offsets: Offsets): Promise<Lag[]> {
  const lags: Lag[] = [];
  for (const name of offsets.topicsOf(group)) {
    const topic = topics.get(name);
    const positions = offsets.get(group, name);
    if (!topic || !positions) continue;
    for (const [partition, offset] of positions.entries()) {
      const to = topic.tails[partition]?.end ?? 0;
      const messages = await count(client, { topicId: topic.id, partition, from: offset, to });
      lags.push({ group, topic: name, partition, offset, messages });
    }
  }
  return lags;
}

/** In steps, so that appends are not held up by a long one. */
async function count(client: LogClient, range: RowRange): Promise<number> {
  let messages = 0;
  for (let from = range.from; from < range.to; ) {
    const step = await client.ask({ kind: 'count', range: { ...range, from } }, 'counted');
    messages += step.messages;
    from = step.next;
  }
  return messages;
}
