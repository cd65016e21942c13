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
  stop(): Promise<void>;
}

/** The first sweep leaves the start alone; readers never see expired rows anyway. */
const firstMs = 60_000;
const intervalMs = 3_600_000;

export function startExpiry(needs: ExpiryNeeds): Expiry {
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(run, firstMs).unref();
  function run() {
    running = sweep(needs);
    timer = setTimeout(run, intervalMs).unref();
  }
  return {
    async stop() {
      clearTimeout(timer);
      await running;
    },
  };
}

/** One sweep; a failure is logged and left to the next one. */
export async function sweep({ historyStore, clock, log, expirationMs }: ExpiryNeeds): Promise<void> {
  try {
    const rows = await historyStore.expire(clock.now() - expirationMs);
    if (rows > 0) log.info('expired values were removed', { rows });
  } catch (error) {
    log.error('expired values could not be removed', { error });
  }
}
