import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface HopReport {
  readonly perSecond: number;
  /** CPU time of the process, all threads, per message, µs. */
  readonly cpuMicroseconds: number;
}

export const messagesInFlight = 100;
/** The package with source, sink and platform plugin. */
export const benchNodes = fileURLToPath(new URL('./nodes', import.meta.url));

const warmUpMs = 1200;
const sliceMs = 2500;

/** Watches a counter of finished messages for a while and prints a `HopReport`. */
export async function report(count: () => number): Promise<void> {
  await pause(warmUpMs);
  const [begin, first, cpu] = [performance.now(), count(), process.cpuUsage()];
  await pause(sliceMs);
  const used = process.cpuUsage(cpu);
  const messages = count() - first;
  const result: HopReport = {
    perSecond: (messages * 1000) / (performance.now() - begin),
    cpuMicroseconds: (used.user + used.system) / messages,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
