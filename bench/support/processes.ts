/** What processes cost: CPU time and memory, read from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc/<pid>/stat`; 100 on every Linux we know. */
const ticksPerSecond = 100;

/** User and system time of a process with all its threads so far, in µs. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
}

/** Proportional set size: memory of a process with shared pages counted by share, in MB. */
export function pssMegabytes(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** A process and all that descend from it. */
export function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

/** Process ids of the processes a process started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

const ended = new Set<unknown>(['ENOENT', 'ESRCH']);

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch (error) {
    // It has ended. Under jest, errors of Node.js are of another realm, where `instanceof Error` does not hold.
    if (typeof error === 'object' && error !== null && 'code' in error && ended.has(error.code)) return undefined;
    throw error;
  }
}
