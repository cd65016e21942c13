/**
 * The clock that tells whether a flow waited on purpose: the time in which the process had nothing to do. While there is
 * much to do, everything comes late that waited for nothing, such as the timers of a loop that multiplies, and on a wall
 * clock each lap of it would look like a pause.
 */
/** ms, growing. */
export const idleTime = (): number => performance.nodeTiming.idleTime;
