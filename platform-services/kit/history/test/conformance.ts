/** What every adapter of the history port must do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Position } from '../../bus/bus.ts';
import type { Json } from '../../store/store.ts';
import type { Entry, HistoryStore, Point, SeriesQuery } from '../history-store.ts';

export interface HistoryFactory {
  /** Opens the history that lives in `dir`; opening again after `stop` finds what was stored. */
  create(dir: string): Promise<HistoryStore>;
}

const series = { tenant: 'acme', deviceId: 'd1', attribute: 'temperature' };
const newest: SeriesQuery = { ...series, order: 'newest-first' };
const oldest: SeriesQuery = { ...series, order: 'oldest-first' };

function point(time: number, value: Json, more: Partial<Point> = {}): Point {
  return { ...series, time, value, ...more };
}

function entry(...points: Point[]): Entry {
  return { points };
}

export function historyConformance(name: string, factory: HistoryFactory): void {
  describe(`${name} as a history`, () => {
    let dir: string;
    let history: HistoryStore;
    let offset: number;

    beforeEach(async () => {
      offset = 0;
      dir = await mkdtemp(join(tmpdir(), 'history-'));
      history = await factory.create(dir);
    });
    afterEach(async () => {
      await history.stop();
      await rm(dir, { recursive: true });
    });

    function append(...entries: Entry[]): Promise<void> {
      offset += entries.length;
      return history.append(entries, { topic: 'acme.device-data', partition: 0, offset });
    }
    const values = async (query: SeriesQuery): Promise<Json[]> =>
      (await history.query(query)).map(({ value }) => value);

    // Every reading test runs with the points in memory, in the file, and partly here and there.
    const places: [string, (part: number) => Promise<void>][] = [
      ['in memory', async () => undefined],
      ['in the file', () => history.flush()],
      ['in both', (part) => (part === 1 ? history.flush() : Promise.resolve())],
    ];

    describe.each(places)('points %s', (_, settle) => {
      /** Appends in two parts, with `settle` after each. */
      async function store(first: Point[], second: Point[] = []): Promise<void> {
        await append(...first.map((one) => entry(one)));
        await settle(1);
        if (second.length > 0) await append(...second.map((one) => entry(one)));
        await settle(2);
      }

      test('keep their JSON type', async () => {
        const all: Json[] = [
          5,
          '5',
          5.5,
          -1e300,
          1e18,
          true,
          null,
          '',
          'é🌡"\n',
          [1, [2]],
          { a: { b: null } },
          'null',
          '@',
        ];
        all.push('é'.repeat(400), ['x'.repeat(100_000)]);
        await store(all.map((value, at) => point(at, value)));
        expect(await values(oldest)).toEqual(all);
      });

      test('keep metadata where there is some', async () => {
        await store([point(1, 1, { metadata: { unit: 'C', n: [1] } }), point(2, 2)], [point(3, 3, { metadata: {} })]);
        expect(await history.query(oldest)).toEqual([
          { attribute: 'temperature', time: 1, value: 1, metadata: { unit: 'C', n: [1] } },
          { attribute: 'temperature', time: 2, value: 2 },
          { attribute: 'temperature', time: 3, value: 3, metadata: {} },
        ]);
      });

      test('come newest first or oldest first, limited from that end', async () => {
        await store([point(30, 'c'), point(10, 'a')], [point(20, 'b'), point(40, 'd')]);
        expect(await values(newest)).toEqual(['d', 'c', 'b', 'a']);
        expect(await values(oldest)).toEqual(['a', 'b', 'c', 'd']);
        expect(await values({ ...newest, limit: 3 })).toEqual(['d', 'c', 'b']);
        expect(await values({ ...oldest, limit: 3 })).toEqual(['a', 'b', 'c']);
        expect(await values({ ...oldest, limit: 0 })).toEqual([]);
      });

      test('are found by an inclusive range of time', async () => {
        await store([point(10, 'a'), point(20, 'b')], [point(30, 'c'), point(-5, 'old')]);
        expect(await values({ ...oldest, from: 10, to: 20 })).toEqual(['a', 'b']);
        expect(await values({ ...newest, from: 20 })).toEqual(['c', 'b']);
        expect(await values({ ...newest, to: 10, limit: 1 })).toEqual(['a']);
        expect(await values({ ...oldest, from: 11, to: 19 })).toEqual([]);
      });

      test('of one instant keep the order of arrival, reversed when the newest come first', async () => {
        await store([point(10, 'a'), point(10, 'b')], [point(10, 'c'), point(10, 'd')]);
        expect(await values(oldest)).toEqual(['a', 'b', 'c', 'd']);
        expect(await values({ ...newest, limit: 2 })).toEqual(['d', 'c']);
      });

      test('that are one blank are left out of rows, and do not use up the limit', async () => {
        await store([point(1, 'a'), point(2, ' ')], [point(3, ' '), point(4, '  '), point(5, ' ')]);
        expect(await values({ ...newest, limit: 2 })).toEqual(['  ', 'a']);
      });

      test('come in pages, whatever the order in which they arrived and however long they are', async () => {
        const times = Array.from({ length: 5000 }, (_, n) => (n * 7919) % 2500);
        const long = (n: number) => (n % 500 === 0 ? `${n}${'x'.repeat(200_000)}` : n % 3 === 0 ? ' ' : n);
        const points = times.map((time, n) => point(time, long(n)));
        await store(points.slice(0, 2000), points.slice(2000));
        const kept = points.filter(({ value }) => value !== ' ').sort((one, other) => one.time - other.time);
        const within = kept.filter(({ time }) => time >= 100 && time <= 2200).map(({ value }) => value);
        for (const query of [
          { ...oldest, from: 100, to: 2200 },
          { ...newest, from: 100, to: 2200 },
        ]) {
          const pages: Json[][] = [];
          for await (const page of history.pages(query)) pages.push(page.map(({ value }) => value));
          expect(pages.flat()).toEqual(query.order === 'oldest-first' ? within : within.toReversed());
          expect(pages.every((page) => page.length > 0)).toBe(true);
          expect(await values({ ...query, limit: 1234 })).toEqual(pages.flat().slice(0, 1234));
        }
      });

      test('of several series come at once as far as they fit into a page', async () => {
        const long = 'x'.repeat(200_000);
        await store(
          [point(1, 'a'), point(2, 'b'), point(1, long, { attribute: 'long' }), point(2, ' ', { attribute: 'blank' })],
          [point(3, 'c'), point(2, long, { attribute: 'long' }), point(3, 1, { attribute: 'one' })],
        );
        const pagesOf = async (limit: number, ...attributes: string[]) => {
          const pages = await history.firstPages(attributes.map((attribute) => ({ ...newest, attribute, limit })));
          return pages.map(({ rows, isWhole }) => [rows.map(({ value }) => value), isWhole]);
        };
        expect(await pagesOf(2, 'temperature', 'none', 'blank', 'one')).toEqual([
          [['c', 'b'], true],
          [[], true],
          [[], true],
          [[1], true],
        ]);
        const many = await pagesOf(2, ...Array.from({ length: 100 }, () => 'long'), 'one');
        expect(many.length).toBeLessThan(10);
        expect(many[0]).toEqual([[long, long], true]);
        const endless = await history.firstPages([oldest]);
        expect(endless).toMatchObject([{ rows: [{ value: 'a' }, { value: 'b' }, { value: 'c' }], isWhole: true }]);
      });

      test('belong to one tenant, device and attribute', async () => {
        await store(
          [point(1, 'mine'), point(1, 'x', { tenant: 'other' }), point(1, 'y', { deviceId: 'd2' })],
          [point(1, 'z', { attribute: 'humidity' })],
        );
        expect(await values(newest)).toEqual(['mine']);
        expect(await values({ ...newest, tenant: 'none' })).toEqual([]);
        expect(await history.hasRows('acme', 'd1')).toBe(true);
        expect(await history.hasRows('other', 'd1')).toBe(true);
        expect(await history.hasRows('acme', 'none')).toBe(false);
        expect(await history.hasRows('other', 'd2')).toBe(false);
      });

      test('are aggregated per bucket, numbers only but for count and last', async () => {
        await store(
          [point(0, 1), point(9, '7'), point(25, true), point(10, 4)],
          [point(5, 3), point(19, 8), point(26, 'last'), point(1000, -2), point(2000, 5)],
        );
        expect(await history.aggregate({ ...series, from: 0, to: 2000, bucketWidth: 10 })).toEqual([
          { start: 0, count: 3, min: 1, max: 3, mean: 2, sum: 4, last: '7' },
          { start: 10, count: 2, min: 4, max: 8, mean: 6, sum: 12, last: 8 },
          { start: 20, count: 2, min: null, max: null, mean: null, sum: null, last: 'last' },
          { start: 1000, count: 1, min: -2, max: -2, mean: -2, sum: -2, last: -2 },
        ]);
        const attribute = 'long';
        const last = 'x'.repeat(2000);
        await append(entry(point(1, 3, { attribute }), point(2, last, { attribute })));
        await settle(2);
        expect(await history.aggregate({ ...series, attribute, from: 0, to: 10, bucketWidth: 10 })).toEqual([
          { start: 0, count: 2, min: 3, max: 3, mean: 3, sum: 3, last },
        ]);
        expect(await history.aggregate({ ...series, attribute: 'none', from: 0, to: 9, bucketWidth: 1 })).toEqual([]);
      });

      test('older than a time are removed and counted', async () => {
        const other = { deviceId: 'd2' };
        await store([point(1, 'a'), point(10, 'b'), point(2, 'x', other)], [point(3, 'late'), point(11, 'c')]);
        expect(await history.expire(10)).toBe(3);
        expect(await values(oldest)).toEqual(['b', 'c']);
        expect(await history.hasRows('acme', 'd2')).toBe(false);
        expect(await history.expire(10)).toBe(0);
      });

      test('with an origin seen before are dropped, the others of that append kept', async () => {
        const origin = 'acme.device-data/3/17/node1.0';
        await append({ points: [point(1, 'first')], origin });
        await settle(1);
        await append(
          { points: [point(2, 'repeat')], origin },
          { points: [point(3, 'same message, other way')], origin: `${origin}>node2.0` },
          { points: [point(4, 'older, not seen')], origin: 'acme.device-data/3/16/node1.0' },
          { points: [point(5, 'other partition')], origin: 'acme.device-data/4/17/node1.0' },
          { points: [point(6, 'repeat')], origin: 'acme.device-data/4/17/node1.0' },
          entry(point(7, 'none'), point(7, 'none again')),
        );
        await settle(2);
        expect(await values(oldest)).toEqual([
          'first',
          'same message, other way',
          'older, not seen',
          'other partition',
          'none',
          'none again',
        ]);
      });
    });

    test('reads many rows and buckets whole', async () => {
      for (let start = 0; start < 50_000; start += 5000) {
        await append(entry(...Array.from({ length: 5000 }, (_, n) => point(start + n, n))));
        if (start === 30_000) await history.flush();
      }
      const rows = await history.query(newest);
      expect(rows.map(({ time }) => time)).toEqual(Array.from({ length: 50_000 }, (_, n) => 49_999 - n));
      const buckets = await history.aggregate({ ...series, from: 0, to: 60_000, bucketWidth: 20 });
      expect(buckets).toHaveLength(2500);
      expect(buckets.every(({ count }) => count === 20)).toBe(true);
      expect(await history.expire(49_000)).toBe(49_000);
      expect(await history.query({ ...oldest, limit: 1 })).toMatchObject([{ time: 49_000 }]);
    });

    test('tells positions when they are durable, with the points', async () => {
      const told: Position[] = [];
      history.onDurable((positions) => told.push(...positions));
      expect(await history.positions()).toEqual([]);
      await history.append([entry(point(1, 'a'))], { topic: 'acme.device-data', partition: 0, offset: 5 });
      await history.append([], { topic: 'acme.device-data', partition: 1, offset: 9 });
      await history.append([entry(point(2, 'b'))], { topic: 'acme.device-data', partition: 0, offset: 7 });
      await history.flush();
      const expected = [
        { topic: 'acme.device-data', partition: 0, offset: 7 },
        { topic: 'acme.device-data', partition: 1, offset: 9 },
      ];
      expect(told).toEqual(expected);
      expect(await history.positions()).toEqual(expected);
    });

    test('keeps what has names or values that no file can hold, and everything beside it', async () => {
      const odd = ['\ud800', '\ud801', 'a\nb', 'nul\0', '', '__proto__', 'x'.repeat(100_000)];
      await append(
        entry(...odd.map((attribute) => point(1, 1, { attribute }))),
        entry(...odd.map((deviceId) => point(1, '\ud800', { deviceId }))),
        entry(...[1e308, -0, 2 ** 53, Number.MIN_VALUE].map((value) => point(2, value))),
      );
      await append(entry(point(3, 'beside')));
      await history.flush();
      expect(await values({ ...newest, limit: 1 })).toEqual(['beside']);
      expect((await history.positions()).map(({ offset: at }) => at)).toEqual([offset]);
    });

    test('forgets positions and origins of another log, and keeps the points', async () => {
      const origin = 'acme.device-data/0/1/n.0';
      expect(await history.follow('one')).toBe(false);
      await append({ points: [point(1, 'a')], origin });
      await history.stop();
      history = await factory.create(dir);
      expect(await history.follow('one')).toBe(false);
      expect(await history.positions()).toHaveLength(1);
      await append({ points: [point(2, 'repeat')], origin });

      expect(await history.follow('other')).toBe(true);
      expect(await history.positions()).toEqual([]);
      await append({ points: [point(3, 'b')], origin }, { points: [point(4, 'repeat')], origin });
      await history.stop();
      history = await factory.create(dir);
      expect(await history.follow('other')).toBe(false);
      await append({ points: [point(5, 'repeat')], origin });
      expect(await values(oldest)).toEqual(['a', 'b']);
    });

    test('finds after stop and opening what was appended, and goes on', async () => {
      const origin = 'acme.device-data/0/1/n.0';
      await append({ points: [point(10, 'a')], origin });
      await history.stop();
      history = await factory.create(dir);
      expect(await history.positions()).toEqual([{ topic: 'acme.device-data', partition: 0, offset: 1 }]);
      await append({ points: [point(10, 'repeat')], origin }, entry(point(10, 'b')));
      await history.ping();
      expect(await values(oldest)).toEqual(['a', 'b']);
      await history.flush();
      expect(await values(oldest)).toEqual(['a', 'b']);
    });
  });
}
