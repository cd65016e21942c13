import { systemClock } from '../../platform-services/kit/clock.ts';
import { createSqliteHistoryStore } from '../../platform-services/kit/history/sqlite/sqlite-history-store.ts';
import { silentLog } from '../../platform-services/kit/log.ts';
import type { Subject } from './subject.ts';

/** Our history with the platform's defaults. */
export async function dojotHistory(file: string): Promise<Subject> {
  const create = () => createSqliteHistoryStore({ file, clock: systemClock, log: silentLog });
  let history = await create();
  return {
    name: 'dojot',
    append: (entries, offset) => history.append(entries, { topic: 'bench.device-data', partition: 0, offset }),
    settle: () => history.flush(),
    async reopen() {
      await history.stop();
      history = await create();
    },
    newest: async (series, limit) => (await history.query({ ...series, order: 'newest-first', limit })).length,
    async buckets(series, from, width, count) {
      return (await history.aggregate({ ...series, from, to: from + width * count, bucketWidth: width })).length;
    },
    expire: (before) => history.expire(before),
    stop: () => history.stop(),
  };
}
