import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import type { Bus } from '../bus.ts';
import { createSqliteBus } from '../sqlite/sqlite-bus.ts';
import { collector, deviceData, eventually, message, topic } from './collector.ts';

const hour = 3_600_000;
const week = 7 * 24 * hour;

describe('the embedded bus lets messages go', () => {
  let folder: string;
  let file: string;
  let now: number;
  let bus: Bus;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bus-retention-'));
    file = join(folder, 'bus.db');
    now = 1_800_000_000_000;
  });

  afterEach(async () => {
    await bus.stop();
    await rm(folder, { recursive: true });
  });

  const create = (maxBytes = 1e9, metrics = createMetrics()) =>
    createSqliteBus({
      file,
      retention: { maxAgeMs: hour, maxBytes, everyMs: 5 },
      clock: { now: () => now },
      log: silentLog,
      metrics,
    });

  async function stored(): Promise<string[]> {
    const all = collector();
    await bus.replay(deviceData, 0, all.handler);
    return all.values;
  }

  test('when they are too old, without ever using an offset again', async () => {
    bus = await create();
    await bus.publish(topic, [message('k', 'old'), message('k', 'old')]);
    now += hour / 2;
    await bus.publish(topic, [message('k', 'newer')]);
    now += hour / 2 + 1;
    await eventually(async () => (await stored()).length === 1);
    expect(await stored()).toEqual(['newer']);
    now += hour;
    await eventually(async () => (await stored()).length === 0);
    await bus.stop();
    bus = await create();
    await bus.publish(topic, [message('k', 'next')]);
    const seen = collector();
    await bus.replay(deviceData, 0, seen.handler);
    expect(seen.messages.map(({ offset }) => offset)).toEqual([3]);
  });

  test('but not before every group that lives has consumed them', async () => {
    bus = await create();
    let working = false;
    const subscription = await bus.subscribe({ group: 'slow', topics: deviceData, from: 'earliest' }, async () => {
      if (!working) throw new Error('not yet');
    });
    await bus.publish(topic, [message('k', 'wanted')]);
    now += 2 * hour;
    await bus.publish('other.device-data', [message('k', 'wanted too')]);
    await subscription.stop();
    // A topic nobody follows shows that a round has come by.
    await bus.publish('marker.other-subject', [message('k', 'gone')]);
    now += 2 * hour;
    const others = { subjects: ['other-subject'] };
    const marker = async () => {
      const seen = collector();
      await bus.replay(others, 0, seen.handler);
      return seen.messages.length;
    };
    await eventually(async () => (await marker()) === 0);
    expect((await stored()).sort()).toEqual(['wanted', 'wanted too']);
    working = true;
    const again = await bus.subscribe({ group: 'slow', topics: deviceData, from: 'earliest' }, async () => undefined);
    await eventually(async () => (await stored()).length === 0);
    await again.stop();
  });

  test('that only a group wants which has not been seen for a week', async () => {
    bus = await create();
    const subscription = await bus.subscribe({ group: 'gone', topics: deviceData, from: 'earliest' }, () =>
      Promise.reject(new Error('never')),
    );
    await bus.publish(topic, [message('k', 'v')]);
    await subscription.stop();
    now += week + 1;
    await eventually(async () => (await stored()).length === 0);
  });

  test('the oldest first, when there are too many, and uses their room again', async () => {
    const maxBytes = 1_000_000;
    bus = await create(maxBytes);
    for (let round = 0; round < 30; round++) {
      now += 1;
      const name = round % 2 === 0 ? topic : 'other.device-data';
      await bus.publish(
        name,
        Array.from({ length: 500 }, () => message('k', `${round}`.padEnd(200))),
      );
      await eventually(async () => (await stored()).length < 5000);
    }
    const rounds = (await stored()).map((value) => Number(value));
    expect(Math.max(...rounds)).toBe(29);
    expect(Math.min(...rounds)).toBeGreaterThan(15);
    await bus.stop();
    expect((await stat(file)).size).toBeLessThan(3 * maxBytes);
  });

  test('but says so when a group holds all of it back', async () => {
    const metrics = createMetrics();
    bus = await create(100_000, metrics);
    const subscription = await bus.subscribe({ group: 'slow', topics: deviceData, from: 'earliest' }, () =>
      Promise.reject(new Error('never')),
    );
    const values = Array.from({ length: 1000 }, (_, n) => message('k', `${n}`.padEnd(500)));
    await bus.publish(topic, values);
    await eventually(async () => /dojot_bus_retention_held_total [1-9]/.test(await metrics.text()));
    expect((await stored()).length).toBe(1000);
    await subscription.stop();
  });
});
