/** The log itself: what is published is stored, whole and in order. */
import { describe, expect, test } from '@jest/globals';
import type { OutgoingMessage } from '../bus.ts';
import { collector, deviceData, message, topic } from './collector.ts';
import type { Fixture } from './conformance.ts';

export function logConformance(fixture: Fixture): void {
  describe('the log', () => {
    test('keeps what was published over a restart, from memory and from the file alike', async () => {
      const sent: OutgoingMessage[] = [
        { key: 'admin:a', value: '{"t":1}', headers: { 'dojot-origin': 'x/0/1/n.0', other: 'ü' } },
        { key: 'admin:ключ', value: 'naïve 🌡 \u0000 "quoted"\n' },
        { key: '', value: '' },
        { key: 'admin:a', value: 'x'.repeat(1024 * 1024) },
      ];
      const live = collector();
      await fixture.bus.subscribe({ group: 'live', topics: deviceData, from: 'earliest' }, live.handler);
      await fixture.bus.publish(topic, sent);
      await live.count(sent.length);

      const bus = await fixture.reopen();
      const later = collector();
      await bus.subscribe({ group: 'later', topics: deviceData, from: 'earliest' }, later.handler);
      await later.count(sent.length);

      const byOffset = [...later.messages].sort((a, b) => a.offset - b.offset);
      expect([...live.messages].sort((a, b) => a.offset - b.offset)).toEqual(byOffset);
      expect(byOffset.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
        sent.map((one) => ({ headers: {}, ...one })),
      );
      expect(new Set(byOffset.map((one) => one.topic))).toEqual(new Set([topic]));
    });

    test('has an identity that stays its own', async () => {
      const { logId } = fixture.bus;
      expect(logId).not.toBe('');
      expect((await fixture.reopen()).logId).toBe(logId);
    });

    test('keeps the order of each key when many publish at once', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `admin:device${index}`);
      const seen = collector();
      await fixture.bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, seen.handler);
      await Promise.all(
        keys.flatMap((key) => Array.from({ length: 50 }, (_, n) => fixture.bus.publish(topic, [message(key, `${n}`)]))),
      );
      await seen.count(2000);
      for (const key of keys) {
        const own = seen.messages.filter((one) => one.key === key);
        expect(own.map(({ value }) => Number(value))).toEqual(Array.from({ length: 50 }, (_, n) => n));
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      }
      expect(new Set(seen.messages.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    });

    test('gives offsets that grow within a partition, also after a restart', async () => {
      await fixture.bus.publish(topic, [message('k', '1'), message('k', '2')]);
      const bus = await fixture.reopen();
      await bus.publish(topic, [message('k', '3')]);
      const seen = collector();
      await bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, seen.handler);
      await seen.count(3);
      expect(seen.values).toEqual(['1', '2', '3']);
      const offsets = seen.messages.map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    });

    test('replays what there is since a time, up to the end at the time of the call, and touches no group', async () => {
      const total = 2500;
      await fixture.bus.publish(
        topic,
        Array.from({ length: total }, (_, n) => message(`k${n % 7}`, `${n}`)),
      );
      await fixture.bus.publish('other.device-data', [message('k', 'other tenant')]);
      let published = false;
      const seen = collector(async () => {
        if (published) return;
        published = true;
        await fixture.bus.publish(topic, [message('k', 'too late')]);
      });
      await fixture.bus.replay({ ...deviceData, tenants: ['admin'] }, 0, seen.handler);
      expect(seen.values.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, n) => n));

      const future = collector();
      await fixture.bus.replay(deviceData, Date.now() + 3_600_000, future.handler);
      expect(future.messages).toEqual([]);
    });

    test('replays no more than is asked for: the newest of each topic', async () => {
      const numbers = Array.from({ length: 100 }, (_, n) => `${n}`);
      for (const tenant of ['admin', 'other'])
        await fixture.bus.publish(
          `${tenant}.device-data`,
          numbers.map((n) => message('k', n)),
        );
      const seen = collector();
      await fixture.bus.replay(deviceData, 0, seen.handler, 20);
      const ofTopic = (name: string) => seen.messages.filter((one) => one.topic === name).map(({ value }) => value);
      expect(ofTopic('admin.device-data')).toEqual(numbers.slice(-10));
      expect(ofTopic('other.device-data')).toEqual(numbers.slice(-10));
    });

    test('ends a replay with the error of its handler', async () => {
      await fixture.bus.publish(topic, [message('k', '1')]);
      const failing = fixture.bus.replay(deviceData, 0, async () => {
        throw new Error('no more');
      });
      await expect(failing).rejects.toThrow('no more');
    });

    test('can be pinged, and refuses to publish and to subscribe after the stop', async () => {
      await fixture.bus.ping();
      await fixture.bus.stop();
      await expect(fixture.bus.publish(topic, [message('k', 'v')])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      await expect(fixture.bus.ping()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      const subscription = fixture.bus.subscribe(
        { group: 'g', topics: deviceData, from: 'latest' },
        async () => undefined,
      );
      await expect(subscription).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    });

    test('stores what was being published when it is stopped', async () => {
      const publishing = Array.from({ length: 100 }, (_, n) => fixture.bus.publish(topic, [message('k', `${n}`)]));
      const bus = await fixture.reopen();
      await Promise.all(publishing);
      const seen = collector();
      await bus.replay(deviceData, 0, seen.handler);
      expect(seen.values).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
    });
  });
}
