/** Run as a process of its own: writes without end and says what has become durable, until it is killed. */
import { systemClock } from '../../../clock.ts';
import { silentLog } from '../../../log.ts';
import { sayLine } from '../../../test/say-line.ts';
import { createSqliteStore } from '../sqlite-store.ts';

const store = await createSqliteStore({ file: process.argv[2] ?? '', clock: systemClock, log: silentLog });
const collection = await store.collection('documents');
for (let n = 0; ; n += 1) {
  await Promise.all(
    [0, 1, 2].map((part) => collection.insert('acme', { id: `${n}-${part}` }, { id: `${n}-${part}-twin` })),
  );
  // Synchronous: what is said is said before the kill can come.
  sayLine(`${n}`);
}
