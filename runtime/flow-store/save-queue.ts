/** Work on one tenant at a time, in the order asked for; tenants do not wait for each other. */
export type SaveQueue = <T>(tenant: string, work: () => Promise<T>) => Promise<T>;

export function createSaveQueue(): SaveQueue {
  /** Last piece of work by tenant, gone when it has ended. */
  const tails = new Map<string, Promise<unknown>>();
  return async (tenant, work) => {
    const turn = (tails.get(tenant) ?? Promise.resolve()).then(work, work);
    tails.set(tenant, turn);
    try {
      return await turn;
    } finally {
      if (tails.get(tenant) === turn) tails.delete(tenant);
    }
  };
}
