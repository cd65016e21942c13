/**
 * Starting leaves garbage, and a young generation grown to hold it, that V8 keeps as long as nobody needs the room: some
 * 30 MB in the main process. One collection when things have settled gives it back to the machine; under load the young
 * generation grows again.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const settledMs = 4000;

/** Collects once, a few seconds from now; the returned function calls that off. */
export function collectStartGarbage(): () => void {
  const timer = setTimeout(() => collectorOf()({ type: 'major', execution: 'sync', flavor: 'last-resort' }), settledMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** V8's collector as `node --expose-gc` has it: entries other than ours cannot pass flags to Node. */
function collectorOf(): NonNullable<typeof globalThis.gc> {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
