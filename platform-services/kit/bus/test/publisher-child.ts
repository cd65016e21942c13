/** A process to be killed: publishes from many keys at once and writes a line for everything acknowledged. */
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { sayLine } from '../../test/say-line.ts';
import { createSqliteBus } from '../sqlite/sqlite-bus.ts';
import { topic } from './collector.ts';

const [file = '', round = ''] = process.argv.slice(2);
const bus = await createSqliteBus({
  file,
  retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
  clock: systemClock,
  log: silentLog,
});

await Promise.all(
  Array.from({ length: 50 }, async (_, publisher) => {
    for (let n = 0; ; n++) {
      const value = `${round}/${publisher}/${n}`;
      await bus.publish(topic, [{ key: `${publisher}`, value }]);
      sayLine(value);
    }
  }),
);
