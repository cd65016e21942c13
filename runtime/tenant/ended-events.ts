/** Tells the supervisor which events have ended: one message per turn of the event loop, however many there are. */
import type { SupervisorLink } from './supervisor-link.ts';

export function createEndedEvents(supervisor: Pick<SupervisorLink, 'tell'>): (id: number, expired: boolean) => void {
  let ids: number[] = [];
  let expiredOnes = 0;

  function report(): void {
    supervisor.tell({ kind: 'ended', ids, expired: expiredOnes });
    ids = [];
    expiredOnes = 0;
  }

  return (id, expired) => {
    if (ids.length === 0) setImmediate(report);
    ids.push(id);
    if (expired) expiredOnes += 1;
  };
}
