import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { idleTime } from '../src/idle-time.ts';

/** How far the clock goes while something is done, ms. */
async function measure(act: () => unknown): Promise<number> {
  // A turn in which idle time begins to count.
  await sleep(1);
  const before = idleTime();
  await act();
  return idleTime() - before;
}

test('waiting counts, being busy does not', async () => {
  expect(await measure(() => sleep(300))).toBeGreaterThan(150);
  const busy = await measure(() => {
    const end = performance.now() + 300;
    while (performance.now() < end);
  });
  expect(busy).toBe(0);
});
