/** How a subscription is served: at least once, in order, partitions side by side. */
import { describe, expect, test } from '@jest/globals';
import { collector, deviceData, eventually, gate, message, topic } from './collector.ts';
import type { Fixture } from './conformance.ts';

/** Enough keys that every partition gets some. */
const manyKeys = Array.from({ length: 200 }, (_, index) => message(`device${index}`, `${index}`));

export function deliveryConformance(fixture: Fixture): void {
  describe('delivery', () => {
    test('calls a handler again with the same batch until it succeeds', async () => {
      const attempts: string[][] = [];
      const seen = collector(async ({ messages }) => {
        attempts.push(messages.map(({ value }) => value));
        if (attempts.length < 3) throw new Error('not yet');
      });
      await fixture.bus.publish(topic, [message('k', '1'), message('k', '2')]);
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, seen.handler);
      await seen.count(2);
      expect(attempts).toEqual([
        ['1', '2'],
        ['1', '2'],
        ['1', '2'],
      ]);
    });

    test('calls no handler before the subscriber has its subscription', async () => {
      await fixture.bus.publish(topic, [message('k', '1')]);
      let subscribed = false;
      const early: boolean[] = [];
      const seen = collector(async () => {
        if (!subscribed) early.push(true);
      });
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, seen.handler);
      subscribed = true;
      await seen.count(1);
      expect(early).toEqual([]);
    });

    test('delivers again after a restart what the handler had not finished', async () => {
      await fixture.bus.publish(topic, [message('k', '1'), message('k', '2')]);
      const tried = gate();
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest', maxBatch: 1 }, async (batch) => {
        if (batch.messages[0]?.value === '1') return;
        tried.open();
        throw new Error('never');
      });
      await tried.opened;
      const bus = await fixture.reopen();
      const seen = collector();
      await bus.subscribe({ group: 'g', topics: deviceData, from: 'latest' }, seen.handler);
      await seen.count(1);
      expect(seen.values).toEqual(['2']);
    });

    test('serves partitions side by side, each one batch at a time', async () => {
      const running = new Map<number, number>();
      const release = gate();
      let mostAtOnce = 0;
      let overlaps = 0;
      const seen = collector(async ({ partition }) => {
        if (running.has(partition)) overlaps++;
        running.set(partition, 1);
        mostAtOnce = Math.max(mostAtOnce, running.size);
        await release.opened;
        running.delete(partition);
      });
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest', maxBatch: 5 }, seen.handler);
      await fixture.bus.publish(topic, manyKeys);
      await eventually(() => mostAtOnce > 1);
      await fixture.bus.publish(topic, manyKeys);
      release.open();
      await seen.count(2 * manyKeys.length);
      expect(overlaps).toBe(0);
      expect(Math.max(...seen.batches.map(({ messages }) => messages.length))).toBeLessThanOrEqual(5);
    });

    test('lets a handler that fails in one partition hold up no other', async () => {
      const blocked = (await partitionOfKey(fixture, 'blocked')) ?? -1;
      const seen = collector(async ({ partition }) => {
        if (partition === blocked) throw new Error('stuck');
      });
      const subscription = await fixture.bus.subscribe(
        { group: 'g', topics: deviceData, from: 'latest' },
        seen.handler,
      );
      await fixture.bus.publish(topic, [message('blocked', 'x'), ...manyKeys]);
      await eventually(async () => {
        const lag = await fixture.bus.lag('g');
        return lag.every(({ partition, messages }) => partition === blocked || messages === 0);
      });
      await subscription.stop();
      expect(seen.values).not.toContain('x');
    });

    test('picks up topics that appear later, of every tenant or of those named', async () => {
      const all = collector();
      const one = collector();
      await fixture.bus.subscribe({ group: 'all', topics: deviceData, from: 'latest' }, all.handler);
      await fixture.bus.subscribe(
        { group: 'one', topics: { ...deviceData, tenants: ['late'] }, from: 'latest' },
        one.handler,
      );
      await fixture.bus.publish('early.device-data', [message('k', 'early')]);
      await fixture.bus.publish('late.device-data', [message('k', 'late')]);
      await fixture.bus.publish('late.dojot.device-manager.device', [message('k', 'another subject')]);
      await all.count(2);
      await one.count(1);
      expect(all.values.sort()).toEqual(['early', 'late']);
      expect(one.values).toEqual(['late']);
    });

    test('calls no handler after the subscription has stopped, and waits for the one that runs', async () => {
      const started = gate();
      const release = gate();
      let calls = 0;
      let ended = false;
      const subscription = await fixture.bus.subscribe(
        { group: 'g', topics: deviceData, from: 'earliest', maxBatch: 1 },
        async () => {
          calls++;
          started.open();
          await release.opened;
        },
      );
      await fixture.bus.publish(topic, [message('k', '1'), message('k', '2')]);
      await started.opened;
      const stopping = subscription.stop().then(() => {
        ended = true;
      });
      expect(ended).toBe(false);
      release.open();
      await stopping;
      await fixture.bus.publish(topic, [message('k', '3')]);
      await subscription.stop();
      const lag = await fixture.bus.lag('g');
      expect(lag.reduce((sum, { messages }) => sum + messages, 0)).toBe(2);
      expect(calls).toBe(1);
    });
  });
}

/** Publishes one message and sees where it went. */
async function partitionOfKey({ bus }: Fixture, key: string): Promise<number | undefined> {
  await bus.publish(topic, [message(key, 'probe')]);
  const probe = collector();
  await bus.replay(deviceData, 0, probe.handler);
  return probe.messages.find((one) => one.key === key)?.partition;
}
