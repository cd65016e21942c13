/**
 * The memory that bodies of requests may take together. Nobody may hold more than is still free: one greedy client gets a
 * half of it, two get a third each, and whoever comes next always finds room.
 */
import { gatewayErrors } from './errors.ts';

export interface BodyBudget {
  /** The account of one request. `owner`: a tenant, or the address of somebody unknown. */
  open(owner: string): BodyShare;
}

export interface BodyShare {
  /** Throws `TOO_MANY_BODIES` when its owner would hold more than is left for the others. */
  take(bytes: number): void;
  /** The request has been answered: gives back all it took. */
  close(): void;
}

/** `bytes`: of all owners together. */
export function bodyBudget(bytes: number): BodyBudget {
  /** Bytes by owner; none is zero. */
  const held = new Map<string, number>();
  let used = 0;
  const change = (owner: string, by: number) => {
    used += by;
    const now = (held.get(owner) ?? 0) + by;
    if (now === 0) held.delete(owner);
    else held.set(owner, now);
  };
  return {
    open(owner) {
      let taken = 0;
      return {
        take(more) {
          if ((held.get(owner) ?? 0) + more > bytes - used - more) throw gatewayErrors.TOO_MANY_BODIES();
          taken += more;
          change(owner, more);
        },
        close() {
          change(owner, -taken);
          taken = 0;
        },
      };
    },
  };
}
