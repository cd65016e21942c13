/** Debian's mosquitto clients as devices. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export interface ClientRun {
  readonly code: number | null;
  readonly output: string;
}

/** `mosquitto_pub` as the contract writes it; resolves when it has ended. */
export function publish(
  port: number,
  identity: string,
  message: string | Buffer,
  more: readonly string[] = [],
  topic = `${identity}/attrs`,
): Promise<ClientRun> {
  const child = spawn('mosquitto_pub', [
    ...['-h', '127.0.0.1', '-p', String(port), '-u', identity, '-t', topic, '-q', '1', '-s'],
    ...more,
  ]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(message);
  return ended(child);
}

export interface Listener {
  /** Lines (payloads) received so far. */
  lines(): string[];
  /** What it said about connection and subscription (it runs with -d). */
  log(): string;
  stop(): Promise<void>;
}

/** `mosquitto_sub` on the device's config topic (or another). */
export function subscribe(
  port: number,
  identity: string,
  more: readonly string[] = [],
  topic = `${identity}/config`,
): Listener {
  const child = spawn('stdbuf', [
    ...['-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', String(port), '-u', identity, '-t', topic, '-q', '1', '-d'],
    ...more,
  ]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const done = ended(child);
  return {
    lines: () => output.split('\n').filter((line) => line !== '' && !isChatter(line)),
    log: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      await done;
    },
  };
}

function isChatter(line: string): boolean {
  return /^(Client |Subscribed|Connection|Warning|Error|All subscription)/.test(line);
}

function ended(child: ChildProcessWithoutNullStreams): Promise<ClientRun> {
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
