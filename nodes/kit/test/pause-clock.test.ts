import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { pauseClock } from '../src/pause-clock.ts';

/** How far the clock goes while something is done, and how long that took, ms. */
async function measure(act: () => unknown): Promise<{ clock: number; wall: number }> {
  // A turn in which idle time begins to count.
  await sleep(1);
  const [clock, wall] = [pauseClock(), performance.now()];
  await act();
  return { clock: pauseClock() - clock, wall: performance.now() - wall };
}

test('waiting is a pause, being busy is not', async () => {
  const waited = await measure(() => sleep(300));
  expect(waited.clock).toBeGreaterThan(150);
  const busy = await measure(() => {
    const end = performance.now() + 300;
    while (performance.now() < end);
  });
  expect(busy.clock / busy.wall).toBeCloseTo(0.01, 3);
});
