/** What the conformance suite works on. */
import type { Clock } from '../../clock.ts';
import type { CollectionOptions, Document, Store } from '../store.ts';

export interface StoreFactory {
  /** Opens the store that lives in `dir`; opening again after `stop` finds what was stored. */
  create(dir: string, clock: Clock): Promise<Store>;
}

export interface Device extends Document {
  readonly label?: string;
  readonly size?: number | boolean | string | null;
  readonly tags?: readonly (string | number | boolean)[] | string;
  readonly place?: { readonly room: string };
  readonly until?: number;
}

export const indexed: CollectionOptions = {
  indexes: [{ fields: ['label'], unique: true }, { fields: ['place.room'] }, { fields: ['tags'], list: true }],
};
