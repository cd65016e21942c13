/** Aggregates one series into buckets: one range query per bucket, because that reads the clustered rows in order. */
import { numberOf } from '../../sqlite/values.ts';
import { byPlace } from './head.ts';
import { longTexts } from './long-texts.ts';
import type { BucketRequest, BucketSlice, Place, StoredBucket, StoredRow, StoredValue } from './operations.ts';
import { memoryRows, type ReaderNeeds, storedRow } from './reader.ts';

/** Rows and buckets read at a time, so that other requests need not wait for all of them. */
const sliceRows = 100_000;
const sliceBuckets = 1000;

/** A bucket while it is made; `last` with its place, to find the newest of file and memory. */
interface Tally extends Omit<StoredBucket, 'mean' | 'last'> {
  readonly numbers: number;
  readonly last: Place & { readonly value: StoredValue };
}

/** The buckets from `from` on, as many as fit into a slice. */
export function bucketReader({ database, heads, series }: ReaderNeeds): (request: BucketRequest) => BucketSlice {
  const texts = longTexts(database);
  const range = 'FROM points WHERE series = ? AND time >= ? AND time < ?';
  // max is a text as soon as one value is none: texts sort above numbers. sum takes JSON texts for 0.
  const whole = database.prepare(
    `SELECT count(*) AS count, min(value) AS min, max(value) AS max, sum(value) AS sum ${range}`,
  );
  const onlyNumbers = database.prepare(
    `SELECT count(*) AS numbers, min(value) AS min, max(value) AS max, sum(value) AS sum ${range} AND value < ''`,
  );
  const newest = database.prepare(`SELECT time, seq, value ${range} ORDER BY time DESC, seq DESC LIMIT 1`);
  const first = database.prepare(`SELECT min(time) AS time ${range}`);

  /** Of the rows in the file. */
  function stored(id: number, start: number, end: number): Tally | undefined {
    const last = newest.get(id, start, end);
    const all = last && whole.get(id, start, end);
    if (!last || !all) return undefined;
    const count = numberOf(all.count);
    const mixed = typeof all.max === 'number' ? undefined : onlyNumbers.get(id, start, end);
    const { min = null, max = null, sum = null } = mixed ?? all;
    return {
      start,
      count,
      numbers: mixed ? numberOf(mixed.numbers) : count,
      min: orNull(min),
      max: orNull(max),
      sum: orNull(sum),
      last: texts.whole(storedRow(last)),
    };
  }

  return ({ series: name, from, to, width }) => {
    const id = series.find(name);
    if (id === undefined) return { buckets: [], next: null };
    const young = memoryRows(heads, id, (time) => time >= from && time < to).sort(byPlace);
    const buckets: StoredBucket[] = [];
    let rows = 0;
    let used = 0;
    let start = from;
    while (start < to) {
      if (rows >= sliceRows || buckets.length >= sliceBuckets) return { buckets, next: start };
      const end = Math.min(start + width, to);
      const begin = used;
      while ((young[used]?.time ?? end) < end) used += 1;
      const tally = merge(stored(id, start, end), tallyOf(start, young.slice(begin, used)));
      if (tally) {
        rows += tally.count;
        buckets.push(bucketOf(tally));
        start += width;
        continue;
      }
      // Empty: on to the bucket of the next row.
      const next = first.get(id, end, to)?.time;
      const time = Math.min(typeof next === 'number' ? next : to, young[used]?.time ?? to);
      start = time >= to ? to : from + Math.floor((time - from) / width) * width;
    }
    return { buckets, next: null };
  };
}

/** Of rows in memory, which are in order. */
function tallyOf(start: number, rows: readonly StoredRow[]): Tally | undefined {
  const last = rows.at(-1);
  if (!last) return undefined;
  const tally = { start, count: rows.length, numbers: 0, min: Infinity, max: -Infinity, sum: 0, last };
  for (const { value } of rows) {
    if (typeof value !== 'number') continue;
    tally.numbers += 1;
    tally.min = Math.min(tally.min, value);
    tally.max = Math.max(tally.max, value);
    tally.sum += value;
  }
  return tally.numbers > 0 ? tally : { ...tally, min: null, max: null, sum: null };
}

function merge(one: Tally | undefined, other: Tally | undefined): Tally | undefined {
  if (!one || !other) return one ?? other;
  return {
    start: one.start,
    count: one.count + other.count,
    numbers: one.numbers + other.numbers,
    min: least(one.min, other.min),
    max: most(one.max, other.max),
    sum: plus(one.sum, other.sum),
    last: byPlace(one.last, other.last) > 0 ? one.last : other.last,
  };
}

function bucketOf({ start, count, numbers, min, max, sum, last }: Tally): StoredBucket {
  return { start, count, min, max, mean: sum === null ? null : sum / numbers, sum, last: last.value };
}

function orNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function least(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.min(one, other);
}

function most(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.max(one, other);
}

function plus(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : one + other;
}
