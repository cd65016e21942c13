/** Removes what is older than the expiration, by the time of the data itself (contract data-realtime-history §3.1). */
import type { Clock } from '../kit/clock.ts';
import type { HistoryStore } from '../kit/history/history-store.ts';
import type { Log } from '../kit/log.ts';

export interface ExpiryNeeds {
  readonly historyStore: Pick<HistoryStore, 'expire'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly expirationMs: number;
}

export interface Expiry {
  /** A sweep under way ends early. */
  stop(): void;
}

/** The first sweep leaves the start alone; readers never see expired rows anyway. */
const firstMs = 60_000;
const intervalMs = 3_600_000;

export function startExpiry(needs: ExpiryNeeds): Expiry {
  const stopping = new AbortController();
  let timer = setTimeout(run, firstMs).unref();
  function run() {
    void sweep(needs, stopping.signal);
    timer = setTimeout(run, intervalMs).unref();
  }
  return {
    stop() {
      clearTimeout(timer);
      stopping.abort();
    },
  };
}

/** One sweep; a failure is logged and left to the next one. */
export async function sweep(
  { historyStore, clock, log, expirationMs }: ExpiryNeeds,
  stopping?: AbortSignal,
): Promise<void> {
  try {
    const rows = await historyStore.expire(clock.now() - expirationMs, stopping);
    if (rows > 0) log.info('expired values were removed', { rows });
  } catch (error) {
    // The history may have been closed meanwhile.
    if (stopping?.aborted) return;
    log.error('expired values could not be removed', { error });
  }
}
