/** What is acknowledged is never lost, and arrives exactly once and in order, whatever is killed. */
import { expect, test } from '@jest/globals';
import { torture } from './torture.ts';

test('50 devices, 30 kills of the main and the tenant process: every acknowledged reading and its result, exactly once, in order', async () => {
  const { readings, results, mainKills, tenantKills } = await torture({
    kills: 30,
    devices: 50,
    seed: Date.now() % 100_000,
  });
  expect(mainKills + tenantKills).toBe(30);
  expect(readings.acknowledged).toBeGreaterThan(500);
  expect(readings).toMatchObject({ lost: 0, repeated: 0, disordered: 0 });
  expect(results).toMatchObject({ lost: 0, repeated: 0, disordered: 0 });
}, 600_000);
