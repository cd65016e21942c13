/** How long a process had work and got no processor: what it did not do meanwhile is no fault of its own. */
import { readFileSync } from 'node:fs';

/**
 * Total so far, ms, of the main thread of the process; 0 when the system does not say, as elsewhere than on Linux.
 * Source: Linux, Documentation/scheduler/sched-stats.rst, `/proc/<pid>/schedstat`: time run, time waited (ns), slices.
 */
export function cpuWaitMs(pid: number): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/schedstat`, 'utf8');
  } catch {
    // No such file: the process is gone, or the system has none.
    return 0;
  }
  const waited = Number(text.split(' ')[1]);
  return Number.isFinite(waited) ? waited / 1e6 : 0;
}
