import { describe, expect, test } from '@jest/globals';
import { type Call, fairQueue, type Part, partLimits } from '../fair-queue.ts';

const room = 1e9;

function call(topic: string, count: number, length = 0): Call {
  const messages = Array.from({ length: count }, (_, n) => ({ key: 'k', value: `${n}`.padEnd(length) }));
  return { topic, messages, timestamp: 0, resolve: () => undefined, reject: () => undefined };
}

/** Messages by topic. */
function counts(parts: readonly Part[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const part of parts) found[part.call.topic] = (found[part.call.topic] ?? 0) + part.messages.length;
  return found;
}

describe('what waits to be stored', () => {
  test('shares a transaction equally among tenants, and gives what one leaves to the others', () => {
    const queue = fairQueue(room);
    for (const topic of ['a.x', 'b.x']) for (let n = 0; n < 2000; n += 1) queue.add(call(topic, 1));
    for (let n = 0; n < 7; n += 1) queue.add(call('c.x', 1));
    expect(counts(queue.take({ messages: 2007, bytes: room }))).toEqual({ 'a.x': 1000, 'b.x': 1000, 'c.x': 7 });
    expect(counts(queue.take({ messages: 2000, bytes: room }))).toEqual({ 'a.x': 1000, 'b.x': 1000 });
  });

  test('counts the topics of a tenant together', () => {
    const queue = fairQueue(room);
    for (const topic of ['a.x', 'a.y', 'a.z', 'b.x']) for (let n = 0; n < 10; n += 1) queue.add(call(topic, 10));
    const { 'b.x': other } = counts(queue.take({ messages: 100, bytes: room }));
    expect(other).toBe(50);
  });

  test('shares bytes as it shares messages', () => {
    const queue = fairQueue(room);
    for (let n = 0; n < 10; n += 1) queue.add(call('a.x', 1, 100_000));
    for (let n = 0; n < 1000; n += 1) queue.add(call('b.x', 1, 900));
    const taken = counts(queue.take({ messages: room, bytes: 400_000 }));
    expect(taken['a.x']).toBe(2);
    expect(taken['b.x']).toBeGreaterThan(190);
  });

  test('serves first whoever the transaction before had no room for', () => {
    const queue = fairQueue(room);
    for (const topic of ['a.x', 'b.x', 'c.x']) for (let n = 0; n < 2; n += 1) queue.add(call(topic, 1));
    expect(counts(queue.take({ messages: 2, bytes: room }))).toEqual({ 'a.x': 1, 'b.x': 1 });
    expect(counts(queue.take({ messages: 2, bytes: room }))).toEqual({ 'c.x': 1, 'a.x': 1 });
  });

  test('divides a call only when it is long', () => {
    const queue = fairQueue(room);
    queue.add(call('a.x', partLimits.messages));
    expect(queue.take({ messages: 10, bytes: 10 })).toMatchObject([{ isLast: true }]);
    queue.add(call('a.x', partLimits.messages + 1));
    expect(queue.take({ messages: room, bytes: room })).toMatchObject([{ isLast: false }, { isLast: true }]);
    queue.add(call('a.x', 3, partLimits.bytes));
    expect(queue.take({ messages: room, bytes: room }).map(({ messages }) => messages.length)).toEqual([1, 1, 1]);
  });

  test('does not store the rest of a call of which a part was refused', () => {
    const queue = fairQueue(room);
    const long = call('a.x', 3 * partLimits.messages);
    queue.add(long);
    queue.add(call('a.y', 1));
    queue.settle(queue.take({ messages: partLimits.messages, bytes: room }), true);
    const parts = queue.take({ messages: room, bytes: room });
    expect(counts(parts)).toEqual({ 'a.y': 1 });
    queue.settle(parts, false);
    expect(queue.messages()).toBe(0);
    expect(queue.take({ messages: room, bytes: room })).toEqual([]);
    queue.add(long);
    expect(counts(queue.take({ messages: room, bytes: room }))).toEqual({ 'a.x': 3 * partLimits.messages });
  });

  test('always has room for a tenant that has nothing waiting, however many others have filled their shares', () => {
    const queue = fairQueue(100_000);
    for (let tenant = 0; tenant < 10; tenant += 1) {
      let taken = 0;
      while (queue.add(call(`t${tenant}.x`, 1))) taken += 1;
      expect(taken).toBeGreaterThan(0);
    }
    expect(queue.add(call('quiet.x', 1))).toBe(true);
  });

  test('takes from a tenant again what it could not take, once some of it is stored', () => {
    const queue = fairQueue(10_000);
    while (queue.add(call('a.x', 1))) {
      // until its share is full
    }
    queue.settle(queue.take({ messages: 5, bytes: room }), false);
    expect(queue.add(call('a.x', 1))).toBe(true);
  });

  test('takes a call larger than all room when nothing else waits', () => {
    const queue = fairQueue(10);
    expect(queue.add(call('a.x', 1, 100))).toBe(true);
    expect(queue.add(call('b.x', 1))).toBe(false);
  });
});
