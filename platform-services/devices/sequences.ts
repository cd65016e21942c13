import type { Store } from '../kit/store/store.ts';
import { errors } from './errors.ts';
import type { IdSource } from './template-attributes.ts';

/** Ids that are numbers (contract devices-templates-ops §1.2). */
export interface Sequences {
  nextTemplate(tenant: string): Promise<number>;
  /** Throws `ID_TOO_LARGE` for an id that would use up the sequence: those that follow are larger. */
  refuseFar(tenant: string, given: readonly number[]): Promise<void>;
  /**
   * Reserves ids for attributes and metadata, which share one sequence. All of them are larger than those of `given`, ids
   * the client chose. Call it while holding the tenant's lock.
   */
  reserveAttributes(tenant: string, count: number, given?: readonly number[]): Promise<IdSource>;
}

/** How far beyond the sequence a client may choose. */
const farthest = 1_000_000;

export function sequences(store: Store): Sequences {
  const attribute = 'devices.attribute';
  return {
    nextTemplate: (tenant) => store.increment(tenant, 'devices.template'),
    async refuseFar(tenant, given) {
      if (given.length === 0) return;
      const most = (await store.increment(tenant, attribute, 0)) + farthest;
      if (largestOf(given) > most) throw errors.ID_TOO_LARGE(String(most));
    },
    async reserveAttributes(tenant, count, given = []) {
      const largest = largestOf(given);
      const gap = largest === 0 ? 0 : largest - (await store.increment(tenant, attribute, 0));
      const by = Math.max(gap, 0) + count;
      let next = by === 0 ? 0 : (await store.increment(tenant, attribute, by)) - count;
      return () => {
        next += 1;
        return next;
      };
    },
  };
}

function largestOf(ids: readonly number[]): number {
  return ids.reduce((a, b) => Math.max(a, b), 0);
}
