/**
 * A process whose files may not grow beyond a limit: publishes until it is refused, then until it is taken again. Writes a
 * line for every message: `+ value` stored, `- value` refused.
 */
import { systemClock } from '../../clock.ts';
import { isPlatformError } from '../../errors.ts';
import { silentLog } from '../../log.ts';
import { sayLine } from '../../test/say-line.ts';
import { createSqliteBus } from '../sqlite/sqlite-bus.ts';
import { topic } from './collector.ts';

const [file = ''] = process.argv.slice(2);
const retention = { maxAgeMs: 3_600_000, maxBytes: 1e9 };
const bus = await createSqliteBus({ file, retention, clock: systemClock, log: silentLog });

async function publish(value: string): Promise<boolean> {
  try {
    await bus.publish(topic, [{ key: 'k', value }]);
    sayLine(`+ ${value}`);
    return true;
  } catch (error) {
    if (!isPlatformError(error, 'BUS_UNAVAILABLE')) throw error;
    sayLine(`- ${value}`);
    return false;
  }
}

let n = 0;
while (await publish(`${n++}`)) {
  // until the journal is full
}
await bus.ping().then(
  () => sayLine('ping taken'),
  () => sayLine('ping refused'),
);
while (!(await publish(`${n++}`))) {
  // until the journal has been moved into the file
}
await bus.ping();
await bus.stop();
