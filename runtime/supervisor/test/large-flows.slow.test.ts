/** Flows as large as they may be: their process takes long to start them, and is not taken for a dead one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flow, node, onReading, publishFor } from './support/flows.ts';
import { startedWorld, until, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  // Much less than the start of the flows takes.
  world = await startedWorld(['sensor', 'virtual'], { livenessMs: 1000 });
});
afterAll(() => world.stop());

test('start, are deployed and start again without a death', async () => {
  const rules = [{ t: 'set', p: 'seen', pt: 'msg', to: 'true', tot: 'bool' }];
  const many = Array.from({ length: 4900 }, (_, n) => node(`n${n}`, 'change', [[`n${n + 1}`]], { rules }));
  const large = (name: string, ...nodes: Parameters<typeof flow>) =>
    world.flows.create('admin', { name, enabled: true, source: flow(...many, ...nodes) }, 'tester');
  const result = (n: number) => until(`reading ${n}`, async () => (await world.said('virtual'))[n], 60_000);

  await large('first', onReading('sensor', 'out'), publishFor('out', 'virtual'));
  await world.say('sensor', { n: 0 });
  await result(0);
  await large('second');
  await world.say('sensor', { n: 1 });
  await result(1);
  expect(await world.count('process_deaths')).toBe(0);

  await world.restart();
  await world.say('sensor', { n: 2 });
  await result(2);
  expect(await world.count('process_deaths')).toBe(0);
});
