import { expect, test } from '@jest/globals';
import type { Message, Position } from '../../../platform-services/kit/bus/bus.ts';
import type { FlowEvent } from '../../protocol/messages.ts';
import { createFeed } from '../feed.ts';

const message = (offset: number, key = `device ${offset}`, value = `${offset}`): Message => ({
  ...{ topic: 'admin.device-data', partition: 0, offset, key, value, headers: {}, timestamp: 0 },
});
const batch = (...offsets: number[]) => ({
  ...{ topic: 'admin.device-data', partition: 0, messages: offsets.map((offset) => message(offset)) },
});

const batchOf = (...messages: Message[]) => ({ topic: 'admin.device-data', partition: 0, messages });

function createTest(window = 100) {
  const committed: Position[] = [];
  const letters: number[] = [];
  const clock = { now: 0 };
  const feed = createFeed({
    window,
    leaseMs: 30_000,
    now: () => clock.now,
    commit: async (positions) => {
      committed.push(...positions);
    },
    setAside: async ({ offset }) => {
      letters.push(offset);
    },
  });
  const connect = () => {
    const inside: FlowEvent[] = [];
    const handfuls: number[] = [];
    const give = (events: readonly FlowEvent[]) => {
      inside.push(...events);
      handfuls.push(events.length);
    };
    feed.connect({ give, answers: () => new Promise(() => undefined) });
    return {
      handfuls,
      offsets: () => inside.map(({ offset }) => offset),
      end: (...offsets: number[]) =>
        feed.ended(inside.filter(({ offset }) => offsets.includes(offset)).map(({ id }) => id)),
    };
  };
  return { feed, clock, committed, letters, connect, at: () => committed.at(-1)?.offset };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const died = { died: true, byItself: true };

test('the position moves only behind what has ended', async () => {
  const { feed, connect, at } = createTest();
  const process = connect();
  await feed.take(batch(5, 6, 8));
  process.end(6, 8);
  await turn();
  expect(at()).toBeUndefined();
  process.end(5);
  await turn();
  expect(at()).toBe(9);
});

test('a full window holds the bus back and still feeds what is in it', async () => {
  const { feed, connect } = createTest(2);
  const process = connect();
  let isTaken = false;
  const taking = feed.take(batch(1, 2, 3, 4)).then(() => {
    isTaken = true;
  });
  await turn();
  expect(process.offsets()).toEqual([1, 2]);
  process.end(2);
  await turn();
  expect(process.offsets()).toEqual([1, 2, 3]);
  expect(isTaken).toBe(false);
  process.end(1, 3);
  await taking;
  expect(process.offsets()).toEqual([1, 2, 3, 4]);
});

test('after a stop everything that did not end comes again in its order', async () => {
  const { feed, connect } = createTest();
  const first = connect();
  await feed.take(batch(1, 2, 3));
  first.end(2);
  feed.disconnect({ died: false, byItself: true });
  await feed.take(batch(4));
  expect(connect().offsets()).toEqual([1, 3, 4]);
});

test('after a death suspects come one at a time, and the one that kills three times is set aside', async () => {
  const { feed, connect, letters, at } = createTest();
  connect();
  await feed.take(batch(1, 2, 3));
  feed.disconnect(died);
  const second = connect();
  expect(second.offsets()).toEqual([1]);
  second.end(1);
  expect(second.offsets()).toEqual([1, 2]);
  feed.disconnect(died);
  expect(connect().offsets()).toEqual([2]);
  feed.disconnect(died);
  await turn();
  expect(letters).toEqual([2]);
  const last = connect();
  expect(last.offsets()).toEqual([3]);
  last.end(3);
  await turn();
  expect(at()).toBe(4);
});

test('who is inside when somebody else kills the process is innocent, unless it is always the same alone', async () => {
  const { feed, connect, letters } = createTest();
  const killed = { died: true, byItself: false };
  connect();
  await feed.take(batch(1, 2));
  for (let death = 0; death < 3; death++) {
    feed.disconnect(killed);
    connect();
  }
  expect(letters).toEqual([]);
  feed.disconnect(killed);
  await turn();
  expect(letters).toEqual([1]);
});

test('ids that the process was never given are ignored', async () => {
  const { feed, connect } = createTest();
  connect();
  await feed.take(batch(1));
  expect(feed.ended([17, 999])).toBe(0);
  expect(feed.size()).toBe(1);
});

test('a device whose flows are slow leaves room for the others, and keeps its order', async () => {
  const { feed, connect } = createTest(20);
  const process = connect();
  const slow = Array.from({ length: 10 }, (_, index) => message(index, 'slow'));
  void feed.take(batchOf(...slow, message(10, 'quick'), message(11, 'slow'), message(12, 'other')));
  await turn();
  expect(process.offsets()).toEqual([0, 1, 10, 12]);
  process.end(0, 1);
  await turn();
  expect(process.offsets()).toEqual([0, 1, 10, 12, 2, 3]);
});

test('the window is bounded in characters, too, and what is given at once', async () => {
  const { feed, connect } = createTest();
  const process = connect();
  const large = Array.from({ length: 50 }, (_, index) => message(index, `d${index}`, 'x'.repeat(512 * 1024)));
  void feed.take(batchOf(...large));
  await turn();
  expect(process.offsets()).toHaveLength(32);
  expect(Math.max(...process.handfuls)).toBe(2);
});

test('what a process keeps for more than two leases is ended, whatever it says', async () => {
  const { feed, clock, connect, at } = createTest();
  connect();
  await feed.take(batch(1, 2));
  clock.now = 60_000;
  expect(feed.sweep()).toBe(0);
  clock.now = 60_001;
  expect(feed.sweep()).toBe(2);
  await turn();
  expect(at()).toBe(3);
});

test('what comes while nothing is wanted does not hold back what comes afterwards', async () => {
  const { feed, connect, at } = createTest();
  feed.dismiss();
  await feed.take(batch(1, 2));
  feed.open();
  const process = connect();
  await feed.take(batch(3));
  process.end(3);
  await turn();
  expect(at()).toBe(4);
});
