import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './mqtt-load.ts';

const generator = fileURLToPath(new URL('./mqtt-load.ts', import.meta.url));

/** Runs the load generator in a process of its own, on one core when `core` is given. */
export async function runLoad(order: LoadOrder, core?: number): Promise<LoadReport> {
  const command = [process.execPath, '--no-warnings', generator];
  const child =
    core === undefined ? spawn(command[0] ?? '', command.slice(1)) : spawn('taskset', ['-c', String(core), ...command]);
  child.stderr.pipe(process.stderr);
  child.stdin.end(`${JSON.stringify(order)}\n`);
  return JSON.parse(await text(child.stdout));
}
