import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import type { Bus } from '../bus.ts';
import { createSqliteBus } from '../sqlite/sqlite-bus.ts';
import { collector, deviceData, message, topic } from './collector.ts';
import { busConformance } from './conformance.ts';

const options = { retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 }, clock: systemClock, log: silentLog };

busConformance('the embedded bus', (folder) => createSqliteBus({ ...options, file: join(folder, 'bus.db') }));
// Nothing fits into memory: every reader is fed from the file.
busConformance('the embedded bus without memory', (folder) =>
  createSqliteBus({ ...options, file: join(folder, 'bus.db'), tailBytes: 0 }),
);

describe('the embedded bus', () => {
  let folder: string;
  let file: string;
  let bus: Bus | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bus-'));
    file = join(folder, 'missing', 'bus.db');
  });

  afterEach(async () => {
    await bus?.stop();
    await rm(folder, { recursive: true });
  });

  test('refuses what would make too much wait, and takes it again afterwards', async () => {
    bus = await createSqliteBus({ ...options, file, queueBytes: 10_000 });
    const big = 'x'.repeat(9000);
    const first = bus.publish(topic, [message('k', big)]);
    await expect(bus.publish(topic, [message('k', big)])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    await first;
    await bus.publish(topic, [message('k', big)]);
    const seen = collector();
    await bus.replay(deviceData, 0, seen.handler);
    expect(seen.messages.length).toBe(2);
  });

  test('takes what a tenant says while another has filled its share of what may wait', async () => {
    bus = await createSqliteBus({ ...options, file, queueBytes: 40_000 });
    const running = bus;
    const flood = Array.from({ length: 40 }, (_, n) =>
      running.publish('flood.device-data', [message('k', `${n}`.padEnd(900))]),
    );
    const outcome = Promise.allSettled(flood);
    await bus.publish(topic, [message('k', 'x'.repeat(9000))]);
    const taken = (await outcome).filter(({ status }) => status === 'fulfilled').length;
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(15);
  });

  test('stores the message of a tenant before the flood of another, which came first', async () => {
    bus = await createSqliteBus({ ...options, file });
    const order: string[] = [];
    const flood = Array.from({ length: 50_000 }, (_, n) => message(`k${n % 7}`, `${n}`));
    const flooding = bus.publish('flood.device-data', flood).then(() => order.push('flood'));
    await bus.publish(topic, [message('k', 'v')]).then(() => order.push('message'));
    await flooding;
    expect(order).toEqual(['message', 'flood']);

    const seen = collector();
    await bus.replay({ ...deviceData, tenants: ['flood'] }, 0, seen.handler);
    const ofKey = (key: string) => seen.messages.filter((one) => one.key === key).map(({ value }) => Number(value));
    expect(seen.messages.length).toBe(50_000);
    for (let key = 0; key < 7; key += 1) {
      expect(ofKey(`k${key}`).every((value, n) => value === key + n * 7)).toBe(true);
    }
  });

  test('reads a partition from its beginning when a consumer asks for more than there is', async () => {
    bus = await createSqliteBus({ ...options, file });
    await bus.publish(topic, [message('k', '1')]);
    const seen = collector();
    await bus.subscribe({ group: 'g', topics: deviceData, from: 'latest', startAt: () => 1000 }, seen.handler);
    await seen.count(1);
    expect(seen.values).toEqual(['1']);
  });

  test('reads a log of many pages in order while it grows', async () => {
    bus = await createSqliteBus({ ...options, file, partitions: 2 });
    const total = 120_000;
    for (let from = 0; from < total; from += 20_000) {
      const part = Array.from({ length: 20_000 }, (_, n) => message('one key', `${from + n}`));
      await bus.publish(topic, part);
    }
    const seen = collector();
    await bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, seen.handler);
    await bus.publish(topic, [message('one key', `${total}`)]);
    await seen.count(total + 1);
    expect(seen.values.every((value, index) => Number(value) === index)).toBe(true);
  });

  test('makes half surrogate pairs the same in memory as in the file', async () => {
    bus = await createSqliteBus({ ...options, file });
    const live = collector();
    await bus.subscribe({ group: 'g', topics: deviceData, from: 'earliest' }, live.handler);
    await bus.publish(topic, [message('\ud800', 'half \udc00')]);
    await live.count(1);
    const stored = collector();
    await bus.replay(deviceData, 0, stored.handler);
    expect(stored.messages).toEqual(live.messages);
  });

  test('counts what it stores', async () => {
    const metrics = createMetrics();
    bus = await createSqliteBus({ ...options, file, metrics });
    await bus.publish(topic, [message('k', '1'), message('k', '2')]);
    expect(await metrics.text()).toMatch(/dojot_bus_messages_total 2\n/);
  });
});
