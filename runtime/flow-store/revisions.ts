/**
 * Flows on the store, the way git keeps files: texts under their hash, never changed, and revisions that name them.
 * A save writes the texts that are new and then its revision; only that last write makes it visible, whole or not at all.
 */
import type { Collection, Document, Store } from '../../platform-services/kit/store/store.ts';
import { flowErrors } from './errors.ts';
import type { Snapshot, StoredFlow } from './flow-content.ts';
import type { Revision } from './flow-store.ts';
import {
  type FlowRecord,
  hashOf,
  type PackedFlow,
  packFlow,
  packGlobals,
  unpackFlow,
  unpackGlobals,
} from './flow-texts.ts';

interface RevisionDocument extends Document, Revision {
  readonly flows: readonly FlowRecord[];
  /** Hashes. */
  readonly globals: string;
  readonly credentials?: string;
}

interface TextDocument extends Document {
  readonly text: string;
}

export type NextSnapshot = Pick<Snapshot, 'flows' | 'globals' | 'credentials'>;

export interface Revisions {
  /** The newest revision; asks the store each time, another process may have saved one. */
  current(tenant: string): Promise<Snapshot>;
  /** Undefined when there is no such revision. */
  at(tenant: string, number: number): Promise<Snapshot | undefined>;
  /** Newest first. */
  list(tenant: string): Promise<Revision[]>;
  tenants(): Promise<string[]>;
  /** Makes the revision after `base`; throws `DUPLICATE` when somebody else has made it. */
  commit(tenant: string, base: Snapshot, next: NextSnapshot, by: Omit<Revision, 'number'>): Promise<Snapshot>;
}

const newestFirst = [{ field: 'number', descending: true }];
const nothing: Snapshot = { number: 0, flows: [], globals: [] };

export async function createRevisions(store: Store): Promise<Revisions> {
  const revisions = await store.collection<RevisionDocument>('flow-revisions', {
    indexes: [{ fields: ['number'], unique: true }],
  });
  const texts = await store.collection<TextDocument>('flow-texts');
  /** Newest known snapshot by tenant. */
  const newest = new Map<string, Snapshot>();
  const pack = packOnce();

  const load = async (tenant: string, { number, flows, globals, credentials }: RevisionDocument): Promise<Snapshot> => {
    const known = new Map(newest.get(tenant)?.flows.map((flow) => [keyOf(pack(flow).record), flow]));
    const read = (hash: string) => readText(texts, tenant, hash);
    return {
      number,
      flows: await Promise.all(flows.map(async (record) => known.get(keyOf(record)) ?? unpackFlow(record, read))),
      globals: unpackGlobals(await read(globals)),
      credentials: credentials === undefined ? undefined : await read(credentials),
    };
  };

  return {
    current: async (tenant) => {
      const known = newest.get(tenant) ?? nothing;
      const [newer] = await revisions.find(tenant, { number: { $gt: known.number } }, { sort: newestFirst, limit: 1 });
      if (!newer) return known;
      const snapshot = await load(tenant, newer.document);
      newest.set(tenant, snapshot);
      return snapshot;
    },
    at: async (tenant, number) => {
      const stored = await revisions.get(tenant, String(number));
      return stored && load(tenant, stored.document);
    },
    list: async (tenant) => {
      const all = await revisions.find(tenant, {}, { sort: newestFirst });
      return all.map(({ document: { number, author, time, from } }) => ({ number, author, time, from }));
    },
    tenants: () => revisions.tenants(),
    commit: async (tenant, base, { flows, globals, credentials }, by) => {
      const globalsText = packGlobals(globals);
      const packed = flows.map(pack);
      const needed = new Map(packed.flatMap(({ texts: own }) => [...own])).set(hashOf(globalsText), globalsText);
      if (credentials !== undefined && credentials !== base.credentials) needed.set(hashOf(credentials), credentials);
      const stored = new Set(base.flows.flatMap((flow) => [...pack(flow).texts.keys()]));
      for (const [id, text] of needed) if (!stored.has(id)) await texts.put(tenant, { id, text });
      const number = base.number + 1;
      const records = packed.map(({ record }) => record);
      await revisions.insert(tenant, {
        id: String(number),
        number,
        ...by,
        flows: records,
        globals: hashOf(globalsText),
        ...(credentials !== undefined && { credentials: hashOf(credentials) }),
      });
      const snapshot = { number, flows, globals, credentials };
      newest.set(tenant, snapshot);
      return snapshot;
    },
  };
}

/** Hashes a flow once; flows are replaced, never changed. */
function packOnce(): (flow: StoredFlow) => PackedFlow {
  const packed = new WeakMap<StoredFlow, PackedFlow>();
  return (flow) => {
    const known = packed.get(flow);
    if (known) return known;
    const fresh = packFlow(flow);
    packed.set(flow, fresh);
    return fresh;
  };
}

const keyOf = ({ id, name, enabled, updated, source, face }: FlowRecord): string =>
  JSON.stringify([id, name, enabled, updated, source, face]);

async function readText(texts: Collection<TextDocument>, tenant: string, hash: string): Promise<string> {
  const stored = await texts.get(tenant, hash);
  if (stored === undefined || hashOf(stored.document.text) !== hash) throw flowErrors.CONTENT_DAMAGED(hash);
  return stored.document.text;
}
