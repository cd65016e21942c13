/**
 * History: durable append, the newest rows of one series among many, aggregation, expiry; beside the peer, turn by turn.
 * `--points` 10000000 of 30,000 series; the peer stops earlier, at its share of `--seconds` 90.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dojotHistory } from './history/dojot.ts';
import { plainTable } from './history/peer.ts';
import type { Subject } from './history/subject.ts';
import {
  anySeries,
  batch,
  batchBetween,
  batchPoints,
  dense,
  denseBatch,
  longBatch,
  pace,
  start,
} from './history/workload.ts';
import { median, percentile, printTable, spread } from './support/table.ts';

const rounds = 5;
const densePoints = 1_000_000;

interface Candidate {
  readonly subject: Subject;
  readonly file: string;
  /** Batches taken. */
  batches: number;
  /** k points/s by wall clock, k points/s per core, µs of CPU per point: one of each per round. */
  readonly rates: number[];
  readonly ratesPerCore: number[];
  readonly cpu: number[];
  /** ms of reads of the newest 100 while points were appended. */
  readonly beside: number[];
}

interface Reads {
  readonly bytesPerPoint: number;
  readonly cold: number[];
  readonly warm: number[];
  readonly buckets: number[];
  /** µs of CPU per number that comes between long values. */
  readonly between: number;
  readonly expiredRows: number;
  readonly expiry: number;
}

const { values: options } = parseArgs({
  options: { points: { type: 'string', default: '10000000' }, seconds: { type: 'string', default: '90' } },
  strict: false,
});
const points = Number(options.points);
const seconds = Number(options.seconds);
const dir = await mkdtemp(join(tmpdir(), 'bench-history-'));
try {
  const files = [join(dir, 'dojot.db'), join(dir, 'peer.db')] as const;
  const ours = candidate(await dojotHistory(files[0]), files[0]);
  const peer = candidate(plainTable(files[1]), files[1]);
  for (let round = 0; round < rounds; round += 1) {
    for (const one of [ours, peer]) await appendRound(one);
  }
  const results = [await readAll(ours), await readAll(peer)] as const;
  print([ours, peer], results);
  for (const { subject } of [ours, peer]) await subject.stop();
} finally {
  await rm(dir, { recursive: true });
}

function candidate(subject: Subject, file: string): Candidate {
  return { subject, file, batches: 0, rates: [], ratesPerCore: [], cpu: [], beside: [] };
}

/** A fifth of the points, or of the time; the CPU is that of the whole process: making the points, both threads, fsync. */
async function appendRound(one: Candidate): Promise<void> {
  const wanted = Math.ceil(points / batchPoints / rounds);
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const limit = began + (seconds * 1000 * 0.4) / rounds;
  let taken = 0;
  let reading: Promise<void> = Promise.resolve();
  while (taken < wanted && performance.now() < limit) {
    await one.subject.append(batch(one.batches), (one.batches + 1) * batchPoints);
    one.batches += 1;
    taken += 1;
    if (taken % 50 === 0)
      reading = timed(() => one.subject.newest(anySeries(), 100)).then((ms) => void one.beside.push(ms));
  }
  await Promise.all([reading, one.subject.settle()]);
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  one.rates.push((taken * batchPoints) / wallMs);
  one.ratesPerCore.push((taken * batchPoints) / ((user + system) / 1000));
  one.cpu.push((user + system) / (taken * batchPoints));
}

async function readAll({ subject, file, batches }: Candidate): Promise<Reads> {
  await subject.reopen();
  const bytesPerPoint = (await stat(file)).size / (batches * batchPoints);
  const cold: number[] = [];
  for (let n = 0; n < 300; n += 1) cold.push(await timed(() => subject.newest(anySeries(), 100)));
  const series = anySeries();
  const warm: number[] = [];
  for (let n = 0; n < 300; n += 1) warm.push(await timed(() => subject.newest(series, 100)));

  for (let from = 0; from < densePoints; from += 1000) await subject.append(denseBatch(from), batches * batchPoints);
  await subject.settle();
  const buckets: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    buckets.push(await timed(() => subject.buckets(dense, start, densePoints, 1000)));
  }
  const between = await appendBetween(subject, batches * batchPoints);
  let expiredRows = 0;
  const half = start + (batches * batchPoints * pace) / 3 / 2;
  const expiry = await timed(async () => {
    expiredRows = await subject.expire(half);
  });
  return { bytesPerPoint, cold, warm, buckets, between, expiredRows, expiry };
}

async function appendBetween(subject: Subject, offset: number): Promise<number> {
  const appendAll = async (make: typeof longBatch) => {
    for (let n = 0; n < 40; n += 1) await subject.append(make(n), offset);
    await subject.settle();
  };
  await appendAll(longBatch);
  const before = process.cpuUsage();
  await appendAll(batchBetween);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 4000;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function print(candidates: readonly Candidate[], reads: readonly Reads[]): void {
  const both = (cell: (one: Candidate) => string): string[] => candidates.map(cell);
  const all = (cell: (one: Reads) => string): string[] => reads.map(cell);
  const p50and95 = (values: readonly number[]): string =>
    `${median(values).toFixed(2)} / ${percentile(values, 0.95).toFixed(2)}`;
  printTable(
    ['history', ...both(({ subject }) => subject.name), 'goal'],
    [
      ['points appended, in 30,000 series', ...both(({ batches }) => `${batches * batchPoints}`), '10 M'],
      ['k points/s per core, durable', ...both(({ ratesPerCore }) => spread(ratesPerCore)), '≥ 100'],
      ['k points/s by the clock', ...both(({ rates }) => spread(rates)), ''],
      ['CPU per point, µs', ...both(({ cpu }) => spread(cpu, 1)), ''],
      ['bytes per point', ...all(({ bytesPerPoint }) => bytesPerPoint.toFixed(1)), ''],
      ['last 100, file just opened, p50 / p95 ms', ...all(({ cold }) => p50and95(cold)), '≤ 5'],
      ['last 100 again, p50 / p95 ms', ...all(({ warm }) => p50and95(warm)), '≤ 5'],
      [
        'last 100 while appending, p50 / p95 / worst ms',
        ...both(({ beside }) => `${p50and95(beside)} / ${Math.max(...beside).toFixed(0)}`),
        '',
      ],
      ['1 M points into 1,000 buckets, ms', ...all(({ buckets }) => spread(buckets)), '≤ 100'],
      ['CPU per point between texts of 20,000 characters, µs', ...all(({ between }) => between.toFixed(1)), ''],
      ['expiry of the older half, ms', ...all(({ expiry }) => expiry.toFixed(0)), ''],
      ['rows expired', ...all(({ expiredRows }) => `${expiredRows}`), ''],
    ],
  );
}
