/**
 * Run as a process of its own: plays a bus that hands over a fixed log from the durable position on, until it is killed.
 * Message n is point n of one of 50 series; every third has an origin, and every such message comes twice.
 */
import { systemClock } from '../../../clock.ts';
import { silentLog } from '../../../log.ts';
import { sayLine } from '../../../test/say-line.ts';
import type { Entry } from '../../history-store.ts';
import { createSqliteHistoryStore } from '../sqlite-history-store.ts';

const history = await createSqliteHistoryStore({
  file: process.argv[2] ?? '',
  clock: systemClock,
  log: silentLog,
  head: { maxPoints: 6000, maxAgeMs: 60_000 },
});
history.onDurable(([position]) => sayLine(`${position?.offset}`));
const [start] = await history.positions();
for (let n = start?.offset ?? 0; ; n += 100) {
  const entries: Entry[] = [];
  for (let message = n; message < n + 100; message += 1) {
    const point = { tenant: 'acme', deviceId: `d${message % 50}`, attribute: 'n', time: message, value: message };
    if (message % 3 > 0) entries.push({ points: [point] });
    // Out of order, as messages of several devices are.
    else for (const _ of [1, 2]) entries.push({ points: [point], origin: `acme.device-data/0/${message ^ 7}/node.0` });
  }
  await history.append(entries, { topic: 'acme.device-data', partition: 0, offset: n + 100 });
}
