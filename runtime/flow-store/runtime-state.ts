/** Node-RED's own state by name (`settings`, `library/…`), as text: its property names mean nothing to the store. */
import { z } from 'zod';
import type { Document, Store } from '../../platform-services/kit/store/store.ts';

interface StateDocument extends Document {
  readonly text: string;
}

export interface RuntimeState {
  read(tenant: string, name: string): Promise<Record<string, unknown> | undefined>;
  save(tenant: string, name: string, state: Record<string, unknown>): Promise<void>;
}

export async function createRuntimeState(store: Store): Promise<RuntimeState> {
  const states = await store.collection<StateDocument>('node-red-state');
  return {
    read: async (tenant, name) => {
      const stored = await states.get(tenant, name);
      return stored && z.record(z.string(), z.unknown()).parse(JSON.parse(stored.document.text));
    },
    save: async (tenant, name, state) => {
      await states.put(tenant, { id: name, text: JSON.stringify(state) });
    },
  };
}
