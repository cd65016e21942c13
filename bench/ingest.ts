/**
 * `ingest`: 1,000 MQTT clients, QoS 1, one message in flight each. Ours acknowledges after fsync, with identity and topic
 * checks, JSON validation and counters; the peer is plain aedes acknowledging without storing. Each server, with all its
 * threads, has core 0 for itself, the load generator core 1; both in turn, in one run. The servers run from the sources:
 * Node only blanks out their types, the code is that of the build.
 * Goals: ≥ 20,000 msg/s; p99 ≤ 50 ms; ≥ 0.75 × plain aedes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMicroseconds } from './support/processes.ts';
import { runLoad } from './support/run-load.ts';

import { median, percentile, printTable, spread } from './support/table.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '1000' },
    only: { type: 'string' },
    /** Writes a CPU profile of our server into this folder. */
    profile: { type: 'string' },
  },
});
const serverCore = 0;
const loadCore = 1;
const warmUpSeconds = 3;
const subjects = { dojot: 'dojot (acknowledged after fsync)', aedes: 'aedes (acknowledged, not stored)' };
const clients = Array.from({ length: Number(options.clients) }, (_, index) => ({
  identity: `admin:d${index}`,
  topic: `admin:d${index}/attrs`,
}));

interface Round {
  readonly rate: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

const dojot: Round[] = [];
const aedes: Round[] = [];
for (let round = 0; round < Number(options.rounds); round += 1) {
  if (options.only !== 'aedes') dojot.push(await measure('dojot'));
  if (options.only !== 'dojot') aedes.push(await measure('aedes'));
}
printTable(
  ['ingest', 'msg/s', 'p50 ms', 'p99 ms', 'CPU µs/msg, server with all threads'],
  [rowOf('dojot', dojot), rowOf('aedes', aedes)].filter((row) => row !== undefined),
);
if (dojot.length > 0 && aedes.length > 0)
  process.stdout.write(`ratio ${(median(ratesOf(dojot)) / median(ratesOf(aedes))).toFixed(2)}\n`);

async function measure(name: keyof typeof subjects): Promise<Round> {
  const script = fileURLToPath(new URL(`./ingest/${name}.ts`, import.meta.url));
  const profiling = options.profile && name === 'dojot' ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const command = [process.execPath, '--no-warnings', ...profiling, script];
  const server = spawn('taskset', ['-c', String(serverCore), ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    const [line] = await once(server.stdout, 'data');
    const port = Number(String(line));
    await runLoad({ port, clients, seconds: warmUpSeconds, firstSeq: 1 }, loadCore);
    // taskset replaces itself by the server, so the process is its own.
    const before = cpuMicroseconds(server.pid ?? 0);
    const report = await runLoad({ port, clients, seconds: Number(options.seconds), firstSeq: 1_000_000 }, loadCore);
    const round = {
      rate: report.acknowledged / report.seconds,
      cpu: (cpuMicroseconds(server.pid ?? 0) - before) / report.acknowledged,
      p50: percentile(report.latencies, 0.5),
      p99: percentile(report.latencies, 0.99),
    };
    process.stderr.write(
      `${name}: ${round.rate.toFixed(0)} msg/s, ${round.cpu.toFixed(1)} µs/msg, p99 ${round.p99.toFixed(0)} ms\n`,
    );
    return round;
  } finally {
    server.stdin.end();
    await ended;
  }
}

function rowOf(name: keyof typeof subjects, rounds: readonly Round[]): string[] | undefined {
  if (rounds.length === 0) return undefined;
  return [
    subjects[name],
    spread(ratesOf(rounds)),
    spread(
      rounds.map(({ p50 }) => p50),
      1,
    ),
    spread(
      rounds.map(({ p99 }) => p99),
      1,
    ),
    spread(
      rounds.map(({ cpu }) => cpu),
      1,
    ),
  ];
}

function ratesOf(rounds: readonly Round[]): number[] {
  return rounds.map(({ rate }) => rate);
}
