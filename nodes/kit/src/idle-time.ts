/**
 * ms in which the process had nothing to do, growing: the clock that tells whether a flow waited on purpose. While there is
 * much to do, everything comes late that waited for nothing, such as the timers of a loop that multiplies, and on a wall
 * clock each lap of it would look like a pause.
 */
export const idleTime = (): number => performance.nodeTiming.idleTime;
