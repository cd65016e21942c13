/** Consumer groups and their offsets. */
import { describe, expect, test } from '@jest/globals';
import type { Bus, Message } from '../bus.ts';
import { collector, deviceData, eventually, gate, message, topic } from './collector.ts';
import type { Fixture } from './conformance.ts';

const hundred = Array.from({ length: 100 }, (_, n) => message(`device${n}`, `${n}`));

export function groupConformance(fixture: Fixture): void {
  describe('groups', () => {
    test('get every message each, and go on where they were after a restart', async () => {
      const first = collector();
      const second = collector();
      await fixture.bus.subscribe({ group: 'first', topics: deviceData, from: 'earliest' }, first.handler);
      await fixture.bus.subscribe({ group: 'second', topics: deviceData, from: 'earliest' }, second.handler);
      await fixture.bus.publish(topic, hundred);
      await first.count(100);
      await second.count(100);
      const bus = await fixture.reopen();
      await bus.publish(topic, [message('k', 'new')]);
      const again = collector();
      await bus.subscribe({ group: 'first', topics: deviceData, from: 'earliest' }, again.handler);
      await again.count(1);
      expect(again.values).toEqual(['new']);
    });

    test('begin at the end with `latest`, and keep that beginning when nothing was handled', async () => {
      await fixture.bus.publish(topic, [message('k', 'before')]);
      const subscription = await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'latest' }, () =>
        Promise.reject(new Error('not now')),
      );
      await fixture.bus.publish(topic, [message('k', 'after')]);
      await fixture.bus.publish('new.device-data', [message('k', 'after, in a new topic')]);
      await subscription.stop();
      const bus = await fixture.reopen();
      const seen = collector();
      await bus.subscribe({ group: 'g', topics: deviceData, from: 'latest' }, seen.handler);
      await seen.count(2);
      expect(seen.values.sort()).toEqual(['after', 'after, in a new topic']);
    });

    test('share partitions among their members, and take over those of a member that stops', async () => {
      const members = [collector(), collector()] as const;
      const options = { group: 'g', topics: deviceData, from: 'earliest' } as const;
      const first = await fixture.bus.subscribe(options, members[0].handler);
      await fixture.bus.subscribe(options, members[1].handler);
      const total = () => members[0].messages.length + members[1].messages.length;
      await fixture.bus.publish(topic, hundred);
      await eventually(() => total() >= 100);
      expect(total()).toBe(100);
      const partitions = members.map(({ messages }) => new Set(messages.map(({ partition }) => partition)));
      expect([...(partitions[0] ?? [])].filter((partition) => partitions[1]?.has(partition))).toEqual([]);
      expect(Math.min(...partitions.map(({ size }) => size))).toBeGreaterThan(0);

      await first.stop();
      const before = members[0].messages.length;
      await fixture.bus.publish(topic, hundred);
      await eventually(() => total() >= 200);
      expect(members[0].messages.length).toBe(before);
    });

    test('never serve one partition twice at a time while members change', async () => {
      const release = gate();
      const started = gate();
      let running = 0;
      let overlaps = 0;
      const handler = async () => {
        if (++running > 1) overlaps++;
        started.open();
        await release.opened;
        running--;
      };
      const options = { group: 'g', topics: deviceData, from: 'earliest', maxBatch: 1 } as const;
      const first = await fixture.bus.subscribe(options, handler);
      await fixture.bus.publish(topic, [message('k', '1'), message('k', '2'), message('k', '3')]);
      await started.opened;
      await fixture.bus.subscribe(options, handler);
      const stopped = first.stop();
      release.open();
      await stopped;
      await eventually(async () => (await totalLag(fixture.bus, 'g')) === 0);
      expect(overlaps).toBe(0);
    });

    test('with manual commit go on from what was committed, not from what was handled', async () => {
      const seen = collector();
      const options = { group: 'g', topics: deviceData, from: 'earliest', commit: 'manual', maxBatch: 2 } as const;
      const subscription = await fixture.bus.subscribe(options, seen.handler);
      await fixture.bus.publish(
        topic,
        ['1', '2', '3', '4'].map((value) => message('k', value)),
      );
      await seen.count(4);
      expect(await totalLag(fixture.bus, 'g')).toBe(4);
      await subscription.commit([positionAt(seen.messages[2])]);
      expect(await totalLag(fixture.bus, 'g')).toBe(2);

      const bus = await fixture.reopen();
      const again = collector();
      await bus.subscribe(options, again.handler);
      await again.count(2);
      expect(again.values).toEqual(['3', '4']);
    });

    test('refuse to commit where there is no partition', async () => {
      const subscription = await fixture.bus.subscribe(
        { group: 'g', topics: deviceData, from: 'earliest', commit: 'manual' },
        async () => undefined,
      );
      await expect(subscription.commit([{ topic: 'no.topic', partition: 0, offset: 0 }])).rejects.toThrow('no.topic');
    });

    test('begin where the consumer says, which wins over their offset', async () => {
      const first = collector();
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, first.handler);
      await fixture.bus.publish(
        topic,
        ['1', '2', '3'].map((value) => message('k', value)),
      );
      await first.count(3);
      const bus = await fixture.reopen();
      const second = first.messages[1];
      const seen = collector();
      await bus.subscribe(
        {
          group: 'g',
          topics: deviceData,
          from: 'earliest',
          startAt: (_, partition) => (partition === second?.partition ? second?.offset : undefined),
        },
        seen.handler,
      );
      await seen.count(2);
      expect(seen.values).toEqual(['2', '3']);
    });

    test('begin anew when they are forgotten', async () => {
      const options = { group: 'g', topics: deviceData, from: 'earliest' } as const;
      const first = collector();
      const subscription = await fixture.bus.subscribe(options, first.handler);
      await fixture.bus.publish(topic, hundred);
      await first.count(100);
      await subscription.stop();
      await fixture.bus.forget('g', { subjects: ['another'] });
      expect((await fixture.bus.lag('g')).length).toBeGreaterThan(0);
      await fixture.bus.forget('g', deviceData);
      expect(await fixture.bus.lag('g')).toEqual([]);
      const bus = await fixture.reopen();
      const again = collector();
      await bus.subscribe(options, again.handler);
      await again.count(100);
    });

    test('know how far they are behind', async () => {
      const subscription = await fixture.bus.subscribe(
        { group: 'g', topics: deviceData, from: 'earliest' },
        async () => undefined,
      );
      await fixture.bus.publish(topic, hundred);
      await eventually(async () => (await totalLag(fixture.bus, 'g')) === 0);
      await subscription.stop();
      await fixture.bus.publish(topic, hundred);
      expect(await totalLag(fixture.bus, 'g')).toBe(100);
      expect(await fixture.bus.lag('nobody')).toEqual([]);
    });
  });
}

async function totalLag(bus: Bus, group: string): Promise<number> {
  return (await bus.lag(group)).reduce((sum, { messages }) => sum + messages, 0);
}

function positionAt(found: Message | undefined) {
  if (!found) throw new Error('there is no such message');
  return { topic: found.topic, partition: found.partition, offset: found.offset };
}
