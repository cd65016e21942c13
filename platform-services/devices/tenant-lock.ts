import { isPlatformError } from '../kit/errors.ts';

/** Runs the writes of a tenant one after another; those of different tenants side by side. */
export interface TenantLock {
  /** `work` is run again (three times in all) when another process changed the same document in between. */
  run<T>(tenant: string, work: () => Promise<T>): Promise<T>;
}

const attempts = 3;

export function tenantLock(): TenantLock {
  /** By tenant: settles when the last work queued so far has ended. */
  const tails = new Map<string, Promise<void>>();
  return {
    run(tenant, work) {
      const before = tails.get(tenant) ?? Promise.resolve();
      const result = before.then(() => withRetries(work));
      const tail = result.then(
        () => undefined,
        // The caller gets the rejection; the queue only needs to know that the work ended.
        () => undefined,
      );
      tails.set(tenant, tail);
      void tail.then(() => {
        if (tails.get(tenant) === tail) tails.delete(tenant);
      });
      return result;
    },
  };
}

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isPlatformError(error, 'REVISION_CONFLICT')) throw error;
    }
  }
}
