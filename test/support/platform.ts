/** Starts the built product as its users do, in a process of its own, and speaks to it over public protocols only. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf } from '../../bench/support/processes.ts';
import { until } from './until.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const node = join(root, 'node_modules', '.bin', 'node');

export interface Platform {
  readonly url: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly dataDir: string;
  readonly pid: number;
  /** All it printed so far. */
  output(): string;
  /** SIGINT, as Ctrl-C sends it; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL to the main process; resolves when it is gone. */
  kill(): Promise<void>;
  /** Nobody reads any more what it prints: its pipes are closed. */
  turnAway(): void;
  /** Process ids of its children now. */
  children(): number[];
}

export interface StartOptions {
  readonly command?: readonly string[];
  readonly dataDir?: string;
  readonly httpPort?: number;
  readonly mqttPort?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
}

/** Resolves when it answers; rejects with what it printed when it ends before that. */
export async function startPlatform(options: StartOptions = {}): Promise<Platform> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const httpPort = options.httpPort ?? (await freePort());
  const mqttPort = options.mqttPort ?? (await freePort());
  const command = options.command ?? ['serve'];
  const child = spawn(node, [...(options.nodeArguments ?? []), join(root, 'bin', 'dojot.js'), ...command], {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      DOJOT_DATA_DIR: dataDir,
      DOJOT_HTTP_PORT: String(httpPort),
      DOJOT_MQTT_PORT: String(mqttPort),
      DOJOT_LOGINS_PER_MINUTE: '1000',
      DOJOT_LOGINS_PER_HOUR: '100000',
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = `http://127.0.0.1:${httpPort}`;
  await until(`the platform to answer at ${url}`, async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new StartFailed(printed.join(''));
    return (await statusOf(`${url}/health`)) === 200;
  });
  return {
    url,
    httpPort,
    mqttPort,
    dataDir,
    pid: pidOf(child),
    output: () => printed.join(''),
    stop: () => signal(child, 'SIGINT', ended),
    kill: async () => {
      await signal(child, 'SIGKILL', ended);
    },
    turnAway() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    children: () => childrenOf(pidOf(child)),
  };
}

/** The platform ended instead of answering; the message is what it printed. */
export class StartFailed extends Error {}

/** A data folder of its own; removed by `removeFolder`. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'dojot-test-'));
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Whether a process still runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs a line as a person would paste it into a terminal. */
export function paste(line: string, environment: Readonly<Record<string, string>> = {}): string {
  return execFileSync('bash', ['--norc', '-eo', 'pipefail', '-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...environment },
    timeout: 60_000,
  });
}

/** `dojot user add`: a user of any tenant; the platform must not run on the folder. */
export function addUser(dataDir: string, username: string, tenant: string, password: string): void {
  execFileSync(node, [join(root, 'bin', 'dojot.js'), 'user', 'add', username, '--tenant', tenant], {
    env: { PATH: process.env.PATH ?? '', DOJOT_DATA_DIR: dataDir },
    input: `${password}\n`,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).status;
  } catch {
    return undefined;
  }
}

async function signal(
  child: ChildProcess,
  name: NodeJS.Signals,
  ended: Promise<number | null>,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(name);
  return ended;
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process has not started');
  return child.pid;
}
