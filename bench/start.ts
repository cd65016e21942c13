/**
 * `start`: how long a newcomer waits and what an idle platform costs. Clones the repository into a temporary folder,
 * installs it, starts it on an empty data folder and asks it; three starts, the first of them counted as cold.
 * Goals: install ≤ 60 s; start to first answer ≤ 3 s; idle memory with one tenant ≤ 200 MB (PSS of all processes).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { family, pssMegabytes } from './support/processes.ts';
import { printTable, spread } from './support/table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dojot-bench-start-'));
const httpPort = 18_000;
const mqttPort = 18_830;

try {
  const clone = join(folder, 'dojot');
  execFileSync('git', ['clone', '-q', root, clone]);
  const installSeconds = secondsOf(() =>
    execFileSync('npm', ['install', '--silent'], { cwd: clone, stdio: 'inherit' }),
  );

  const starts: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const started = await start(clone, join(folder, `data-${round}`));
    starts.push(started.seconds);
    await pause(15_000);
    memory.push(sum(family(started.pid).map(pssMegabytes)));
    await started.stop();
  }
  printTable(
    ['start', 'measured', 'goal'],
    [
      ['install, s', installSeconds.toFixed(1), '≤ 60'],
      ['`npm start` to first request answered, s', spread(starts, 2), '≤ 3'],
      ['idle memory with the sample tenant, PSS MB', spread(memory), '≤ 200'],
    ],
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Started {
  readonly seconds: number;
  /** The platform's own process (below npm and its shell). */
  readonly pid: number;
  stop(): Promise<void>;
}

async function start(clone: string, dataDir: string): Promise<Started> {
  const begin = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: clone,
    detached: true,
    env: {
      ...process.env,
      DOJOT_DATA_DIR: dataDir,
      DOJOT_HTTP_PORT: String(httpPort),
      DOJOT_MQTT_PORT: String(mqttPort),
    },
    stdio: 'ignore',
  });
  while (!(await answers())) {
    if (performance.now() - begin > 60_000) throw new Error('the platform did not start within a minute');
    await pause(5);
  }
  const pid = platformProcess(pidOf(child));
  return {
    seconds: (performance.now() - begin) / 1000,
    pid,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        process.kill(pid, 'SIGINT');
      }),
  };
}

/** The last of npm's descendants that runs the `dojot` command; npm itself and its shell come before it. */
function platformProcess(pid: number): number {
  const running = (candidate: number) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').split('\0');
  const found = family(pid).findLast((candidate) => running(candidate)[1] === 'bin/dojot.js');
  if (found === undefined) throw new Error('no platform process below npm');
  return found;
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${httpPort}/health`)).status === 200;
  } catch {
    return false;
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('npm did not start');
  return child.pid;
}

function secondsOf(work: () => unknown): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
