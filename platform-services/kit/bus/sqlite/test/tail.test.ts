import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Message } from '../../bus.ts';
import { PartitionTail, type TailBudget } from '../tail.ts';

const messageAt = (offset: number): Message => ({
  topic: 'admin.device-data',
  partition: 0,
  offset,
  key: 'k',
  value: `${offset}`,
  headers: {},
  timestamp: 0,
});
const readerAt = (position: number) => ({ position, wake: () => undefined });
const offsets = (messages: readonly Message[]) => messages.map(({ offset }) => offset);

describe('the tail of a partition', () => {
  let budget: TailBudget;
  beforeEach(() => {
    budget = { limit: 10_000, bytes: 0, tails: new Set() };
  });

  test('is wanted only by readers that have read everything before it', () => {
    const tail = new PartitionTail(10, budget);
    expect(tail.wanted).toBe(false);
    tail.readers.add(readerAt(3));
    expect(tail.wanted).toBe(false);
    tail.readers.add(readerAt(10));
    expect(tail.wanted).toBe(true);
  });

  test('hands over messages from a position on, over gaps', () => {
    const tail = new PartitionTail(0, budget);
    tail.readers.add(readerAt(0));
    for (const offset of [2, 5, 6, 9]) tail.push(messageAt(offset));
    expect(tail.end).toBe(10);
    expect(offsets(tail.read(0, 10))).toEqual([2, 5, 6, 9]);
    expect(offsets(tail.read(3, 2))).toEqual([5, 6]);
    expect(tail.read(10, 10)).toEqual([]);
  });

  test('keeps what its slowest reader wants and gives the rest back', () => {
    const tail = new PartitionTail(0, budget);
    const slow = readerAt(0);
    tail.readers.add(slow);
    tail.readers.add(readerAt(10));
    for (let offset = 0; offset < 10; offset++) tail.push(messageAt(offset));
    const full = budget.bytes;
    slow.position = 8;
    tail.trim();
    expect(tail.start).toBe(8);
    expect(offsets(tail.read(8, 10))).toEqual([8, 9]);
    expect(budget.bytes).toBeLessThan(full / 2);
    slow.position = 10;
    tail.trim();
    expect(budget.bytes).toBe(0);
    expect(budget.tails.size).toBe(0);
  });

  test('lets the longest tail go when memory runs out', () => {
    const slow = new PartitionTail(0, budget);
    const fast = new PartitionTail(0, budget);
    slow.readers.add(readerAt(0));
    fast.readers.add(readerAt(0));
    for (let offset = 0; offset < 30; offset++) slow.push(messageAt(offset));
    for (let offset = 0; offset < 15; offset++) fast.push(messageAt(offset));
    expect(budget.bytes).toBeLessThanOrEqual(budget.limit);
    expect(slow.start).toBe(30);
    expect(fast.start).toBe(0);
    expect(slow.wanted).toBe(false);
  });
});
