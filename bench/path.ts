/**
 * `path`: MQTT in → flow → virtual device → readable in history, on a machine of two cores that also carries the load
 * generator. Ours acknowledges after fsync; the peer does the same work without durability. Both in turn, in one run.
 * Goals: ≥ 8,000 msg/s; p99 ≤ 100 ms at half that rate; ≥ 2 × the peer.
 */

import { parseArgs } from 'node:util';
import { startDojot } from './path/dojot.ts';
import { startPeer } from './path/peer.ts';
import type { Subject } from './path/subject.ts';
import { startProbe } from './support/probe.ts';
import { cpuMicroseconds } from './support/processes.ts';
import { runLoad } from './support/run-load.ts';
import { median, percentile, printTable, spread } from './support/table.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string' },
  },
});
const devices = 200;
const seconds = Number(options.seconds);

interface Measured {
  readonly name: string;
  readonly rates: number[];
  readonly cpu: number[];
  readonly p50: number[];
  readonly p99: number[];
}

const results = new Map<string, Measured>();
for (let round = 0; round < Number(options.rounds); round += 1) {
  for (const [key, start] of [
    ['dojot', startDojot],
    ['peer', startPeer],
  ] as const) {
    if (options.only !== undefined && options.only !== key) continue;
    const subject = await start(devices);
    try {
      const measured = results.get(key) ?? { name: subject.name, rates: [], cpu: [], p50: [], p99: [] };
      results.set(key, measured);
      const warmUp = await runLoad({ port: subject.mqttPort, clients: subject.clients, seconds: 3, firstSeq: 1 });
      for (const [client, seq] of warmUp.lastSeqs.entries()) await reached(subject, client, seq, 120_000);
      const { rate, cpu } = await throughput(subject);
      const latencies = await latencyAt(subject, 4000);
      measured.rates.push(rate);
      measured.cpu.push(cpu);
      measured.p50.push(percentile(latencies, 0.5));
      measured.p99.push(percentile(latencies, 0.99));
      process.stderr.write(
        `${key}: ${rate.toFixed(0)} msg/s, ${cpu.toFixed(1)} µs/msg, p99 ${percentile(latencies, 0.99).toFixed(0)} ms of ${latencies.length} probes\n`,
      );
    } finally {
      await subject.stop();
    }
  }
}
printTable(
  [
    'path',
    'msg/s until readable',
    'CPU µs/msg, all server processes',
    'p50 ms at 4,000 msg/s',
    'p99 ms at 4,000 msg/s',
  ],
  [...results.values()].map((one) => [
    one.name,
    spread(one.rates),
    spread(one.cpu, 1),
    spread(one.p50, 1),
    spread(one.p99, 1),
  ]),
);
const [ours, theirs] = [results.get('dojot'), results.get('peer')];
if (ours && theirs) process.stdout.write(`ratio ${(median(ours.rates) / median(theirs.rates)).toFixed(2)}\n`);

/** Messages per second from the first publication until the last result is readable. */
async function throughput(subject: Subject): Promise<{ rate: number; cpu: number }> {
  const cpuBefore = cpuOf(subject);
  const begin = performance.now();
  const report = await runLoad({ port: subject.mqttPort, clients: subject.clients, seconds, firstSeq: 1_000_000 });
  for (const [client, seq] of report.lastSeqs.entries()) await reached(subject, client, seq, 120_000);
  const elapsed = (performance.now() - begin) / 1000;
  return { rate: report.acknowledged / elapsed, cpu: (cpuOf(subject) - cpuBefore) / report.acknowledged };
}

/** ms from publication until the result is readable, of probes sent one after the other beside a steady load. */
async function latencyAt(subject: Subject, rate: number): Promise<number[]> {
  const clients = subject.clients.slice(1);
  const load = runLoad({ port: subject.mqttPort, clients, seconds, rate, firstSeq: 2_000_000 });
  const over = load.then(() => true);
  const latencies: number[] = [];
  await pause(1000);
  const probe = await startProbe(subject.mqttPort, subject.clients[0]);
  for (let seq = 3_000_000; !(await Promise.race([over, pause(5).then(() => false)])); seq += 1) {
    const begin = performance.now();
    await probe.publish(seq);
    await reached(subject, 0, seq, 30_000);
    latencies.push(performance.now() - begin);
  }
  await probe.stop();
  await load;
  return latencies;
}

async function reached(subject: Subject, client: number, seq: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while ((await subject.newestResult(client)) < seq) {
    if (performance.now() > deadline)
      throw new Error(`${subject.name}: result ${seq} of client ${client} did not appear`);
    await pause(1);
  }
}

function cpuOf(subject: Subject): number {
  return subject.pids().reduce((total, pid) => total + cpuMicroseconds(pid), 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
