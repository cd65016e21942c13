/** Sessions that were ended before their tokens expire: remembered for as long as a token of theirs could be shown. */
import type { Clock } from '../kit/clock.ts';
import type { Store } from '../kit/store/store.ts';

export interface EndedSessions {
  has(id: string): boolean;
  /** From the call on it has ended, and when this resolves it stays so. `until`: epoch ms at which its last token expires. */
  add(id: string, until: number): Promise<void>;
}

interface EndedSession {
  readonly id: string;
  /** Epoch ms. */
  readonly until: number;
}

/** Sessions are those of all tenants, so they live under one name that no tenant can have. */
const everybody = 'dojot-sessions';

/** Reads them all, so that checking a token reads nothing from the store. */
export async function openEndedSessions({ store, clock }: { store: Store; clock: Clock }): Promise<EndedSessions> {
  const kept = await store.collection<EndedSession>('ended-sessions', { expiresAt: 'until' });
  const documents = (await kept.find(everybody)).map(({ document }) => document);
  /** When each is forgotten; the first to be forgotten comes first. */
  const ended = new Map(
    documents.toSorted((one, other) => one.until - other.until).map(({ id, until }) => [id, until]),
  );

  function forget(): void {
    for (const [id, until] of ended) {
      if (until > clock.now()) return;
      ended.delete(id);
    }
  }

  return {
    has: (id) => ended.has(id),
    async add(id, until) {
      forget();
      ended.set(id, until);
      await kept.put(everybody, { id, until });
    },
  };
}
