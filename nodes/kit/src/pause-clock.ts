/**
 * The clock that tells whether a flow waited on purpose: it follows the time in which the process had nothing to do. While
 * there is much to do, everything comes late that waited for nothing, such as the timers of a loop that multiplies, and on
 * a wall clock each lap of it would look like a pause. A clock flow must still be one in a process that is never idle: so
 * the time it is busy counts for a hundredth, and 10 s are a pause even there.
 */
const busyShare = 0.01;

/** ms, growing. */
export function pauseClock(): number {
  return performance.nodeTiming.idleTime * (1 - busyShare) + performance.now() * busyShare;
}
