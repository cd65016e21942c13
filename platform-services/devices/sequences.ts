import type { Store } from '../kit/store/store.ts';
import type { IdSource } from './template-attributes.ts';

/** Ids that are numbers (contract devices-templates-ops §1.2). */
export interface Sequences {
  nextTemplate(tenant: string): Promise<number>;
  /**
   * Reserves ids for attributes and metadata, which share one sequence. All of them are larger than those of `given`, ids
   * the client chose. Call it while holding the tenant's lock.
   */
  reserveAttributes(tenant: string, count: number, given?: readonly number[]): Promise<IdSource>;
}

export function sequences(store: Store): Sequences {
  const attribute = 'devices.attribute';
  return {
    nextTemplate: (tenant) => store.increment(tenant, 'devices.template'),
    async reserveAttributes(tenant, count, given = []) {
      const largest = given.reduce((a, b) => Math.max(a, b), 0);
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
