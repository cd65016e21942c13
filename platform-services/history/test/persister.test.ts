import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { headers } from '../../../contract/headers.ts';
import type { Bus } from '../../kit/bus/bus.ts';
import { createSqliteBus } from '../../kit/bus/sqlite/sqlite-bus.ts';
import { systemClock } from '../../kit/clock.ts';
import type { HistoryStore } from '../../kit/history/history-store.ts';
import { createSqliteHistoryStore } from '../../kit/history/sqlite/sqlite-history-store.ts';
import { silentLog } from '../../kit/log.ts';
import { createMetrics, type Metrics } from '../../kit/metrics.ts';
import { history } from '../index.ts';
import { batchHandler } from '../persister.ts';
import { type MemoryHistory, memoryHistory } from './support/memory-history.ts';

let folder: string;
let bus: Bus;
let store: MemoryHistory;
let metrics: Metrics;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persister-'));
  bus = await newBus();
  store = memoryHistory();
  metrics = createMetrics();
});

afterEach(async () => {
  await bus.stop();
  await rm(folder, { recursive: true });
});

function newBus(): Promise<Bus> {
  const retention = { maxAgeMs: 3_600_000, maxBytes: 1e9 };
  return createSqliteBus({ file: join(folder, 'bus.db'), retention, clock: systemClock, log: silentLog });
}

const service = (historyStore: HistoryStore = store) =>
  history({
    ...{ bus, historyStore, clock: systemClock, log: silentLog, metrics },
    devices: { find: async () => undefined },
    options: { expirationS: 604_800 },
  });

const reading = (value: unknown, origin?: string) => ({
  key: 'acme:a1',
  value: JSON.stringify({ metadata: { deviceid: 'a1', timestamp: Date.now() }, attrs: { t: value } }),
  ...(origin === undefined ? {} : { headers: { [headers.origin]: origin } }),
});

const values = () => store.points().map(({ value }) => value);

async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the persister', () => {
  test('takes readings in order, also those of before it began; what is malformed is counted and passed over', async () => {
    await bus.publish('acme.device-data', [reading(1), { key: 'acme:a1', value: 'garbage' }]);
    const running = service();
    await running.start();
    await bus.publish('acme.device-data', [reading(2)]);
    await until('both readings', () => store.points().length === 2);
    expect(values()).toEqual([1, 2]);
    expect(await metrics.text()).toContain('dojot_history_malformed_total 1');
    expect(await metrics.text()).toContain('dojot_history_points_total 2');
    await running.stop();
  });

  test('takes what flows and users tell devices to do', async () => {
    const running = service();
    await running.start();
    const event = {
      event: 'configure',
      meta: { service: 'acme', timestamp: Date.now() },
      data: { id: 'a1', attrs: { fan: 9 } },
    };
    await bus.publish('acme.dojot.device-manager.device', [{ key: 'acme:a1', value: JSON.stringify(event) }]);
    await until('the command', () => values().includes(9));
    await running.stop();
  });

  test('takes notifications that are to be kept', async () => {
    const running = service();
    await running.start();
    const notification = { msgID: 'm', message: 'full', metaAttrsFilter: { shouldPersist: true }, subject: 's' };
    await bus.publish('acme.dojot.notifications', [{ key: 'acme', value: JSON.stringify(notification) }]);
    await until('the notification', () => store.points().length === 1);
    expect(values()).toEqual([notification]);
    await running.stop();
  });

  test("moves the bus's offset only when the points are durable", async () => {
    const running = service();
    await running.start();
    await bus.publish('acme.device-data', [reading(1), reading(2)]);
    await until('the readings', () => store.points().length === 2);
    const behind = async () => (await bus.lag('persister')).reduce((sum, { messages }) => sum + messages, 0);
    expect(await behind()).toBe(2);
    await store.flush();
    await until('the offset', async () => (await behind()) === 0);
    await running.stop();
  });

  test('after a crash goes on behind what is durable: nothing lost, nothing twice', async () => {
    const first = service();
    await first.start();
    await bus.publish('acme.device-data', [reading(1), reading(2)]);
    await until('two readings', () => store.points().length === 2);
    await store.flush();
    await bus.publish('acme.device-data', [reading(3)]);
    await until('the third', () => store.points().length === 3);
    store.crash();
    expect(values()).toEqual([1, 2]);
    await first.stop();

    metrics = createMetrics();
    const second = service();
    await second.start();
    await bus.publish('acme.device-data', [reading(4)]);
    await until('the fourth', () => values().includes(4));
    expect(values()).toEqual([1, 2, 3, 4]);
    await second.stop();
  });

  test('hands the origin on, so that the history can drop what a flow repeats', async () => {
    const running = service();
    await running.start();
    await bus.publish('acme.device-data', [
      reading(1, 'acme.device-data/0/7/n.0'),
      reading(1, 'acme.device-data/0/8/n.0'),
    ]);
    await until('both', () => store.points().length === 2);
    await bus.publish('acme.device-data', [reading(1, 'acme.device-data/0/7/n.0'), reading(2)]);
    await until('the last', () => values().includes(2));
    expect(values()).toEqual([1, 1, 2]);
    await running.stop();
  });

  describe('takes all that the log holds', () => {
    const results = [reading(1, 'acme.device-data/0/1/n.0'), reading(2, 'acme.device-data/0/2/n.0')];
    const options = () => ({ clock: systemClock, log: silentLog });

    async function took(historyStore: HistoryStore, expected: readonly unknown[]): Promise<void> {
      const running = service(historyStore);
      await running.start();
      const query = { tenant: 'acme', deviceId: 'a1', attribute: 't', order: 'oldest-first' } as const;
      const seen = async () => (await historyStore.query(query)).map(({ value }) => value);
      await until(`${expected}`, async () => (await seen()).length >= expected.length);
      expect(await seen()).toEqual(expected);
      await historyStore.flush();
      await until('the offset', async () => (await bus.lag('persister')).every(({ messages }) => messages === 0));
      await running.stop();
      await historyStore.stop();
    }

    test('when its own file was removed', async () => {
      await bus.publish('acme.device-data', results);
      for (const name of ['history.db', 'new.db']) {
        await took(await createSqliteHistoryStore({ ...options(), file: join(folder, name) }), [1, 2]);
      }
    });

    test('when the log was replaced, also under places and origins it has seen in the one before', async () => {
      const file = join(folder, 'history.db');
      await bus.publish('acme.device-data', results);
      await took(await createSqliteHistoryStore({ ...options(), file }), [1, 2]);
      await bus.stop();
      await rm(join(folder, 'bus.db'));
      bus = await newBus();
      await bus.publish('acme.device-data', [reading(3, 'acme.device-data/0/1/n.0'), reading(4)]);
      await took(await createSqliteHistoryStore({ ...options(), file }), [1, 2, 3, 4]);
    });
  });

  test('does not wait with its stop for a history that has no room', async () => {
    const asked = Promise.withResolvers<void>();
    const append = () => {
      asked.resolve();
      return new Promise<void>(() => undefined);
    };
    store = { ...store, append };
    const running = service();
    await running.start();
    await bus.publish('acme.device-data', [reading(1)]);
    await asked.promise;
    await running.stop();
  });

  test('a batch that could not be appended comes again', async () => {
    store.failOnce();
    const running = service();
    await running.start();
    await bus.publish('acme.device-data', [reading(1)]);
    await until('the reading', () => store.points().length === 1);
    await running.stop();
  });
});

test('no reading, whatever it holds, keeps others from becoming durable', async () => {
  const file = join(folder, 'history.db');
  const historyStore = await createSqliteHistoryStore({ file, clock: systemClock, log: silentLog });
  const handle = batchHandler({ bus, historyStore, clock: systemClock, log: silentLog, metrics });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const hostile = [
    '{"\\ud800":1,"\\ud801":2}',
    `{"a":${deep}}`,
    '{"a":1e999,"b":-1e999,"c":-0,"d":1e308,"e":9007199254740993}',
    '{"\\u0000":"\\ud800","a\\nb":1,"__proto__":{"__proto__":1},"":2}',
    `{"${'x'.repeat(200_000)}":1}`,
  ];
  const metadata = ['1e999', '-62135596800000', '8640000000000001', '"0001-01-01"', '1e-300', '[]'];
  const values = [
    ...hostile.map((attrs) => `{"metadata":{"deviceid":"a1"},"attrs":${attrs}}`),
    ...metadata.map((timestamp) => `{"metadata":{"deviceid":"a1","timestamp":${timestamp}},"attrs":{"t":1}}`),
    '{"metadata":{"deviceid":"\\ud800"},"attrs":{"t":1}}',
    '{"metadata":{"deviceid":"good"},"attrs":{"t":1}}',
  ];
  const messages = values.map((value, offset) => {
    return { topic: 'acme.device-data', partition: 0, offset, key: 'k', value, headers: {}, timestamp: 5 };
  });
  for (const message of messages) await handle({ topic: 'acme.device-data', partition: 0, messages: [message] });
  await historyStore.flush();
  expect(await historyStore.positions()).toMatchObject([{ offset: values.length }]);
  expect(await historyStore.hasRows('acme', 'good')).toBe(true);
  await historyStore.stop();
});

describe('a batch', () => {
  const handler = () => batchHandler({ bus, historyStore: store, clock: systemClock, log: silentLog, metrics });
  const messages = (...offsets: number[]) =>
    offsets.map((offset) => ({
      ...{ topic: 'acme.device-data', partition: 3, offset, headers: {}, timestamp: 5 },
      ...reading(offset),
    }));
  const batch = (...offsets: number[]) => ({ topic: 'acme.device-data', partition: 3, messages: messages(...offsets) });

  test('that overlaps what was appended adds only what is new', async () => {
    const handle = handler();
    await handle(batch(4, 5));
    await handle(batch(4, 5));
    await handle(batch(5, 6, 9));
    expect(values()).toEqual([4, 5, 6, 9]);
    await store.flush();
    expect(await store.positions()).toEqual([{ topic: 'acme.device-data', partition: 3, offset: 10 }]);
  });

  test('with nothing to store moves the position all the same', async () => {
    const [first] = messages(4);
    if (!first) throw new Error('no message');
    await handler()({ ...batch(), messages: [{ ...first, value: 'garbage' }] });
    await store.flush();
    expect(await store.positions()).toEqual([{ topic: 'acme.device-data', partition: 3, offset: 5 }]);
  });

  test('of garbage is complained about now and then, not each time', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void lines.push(message) };
    const handle = batchHandler({ bus, historyStore: store, clock: systemClock, log, metrics });
    for (let offset = 0; offset < 20; offset += 1) {
      const [only] = messages(offset);
      if (only) await handle({ ...batch(), messages: [{ ...only, value: 'garbage' }] });
    }
    expect(lines).toHaveLength(1);
  });
});
