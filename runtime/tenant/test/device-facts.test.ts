/** Flows see their devices as they are when the flows are deployed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flow, node, onReading, publishFor } from '../../supervisor/test/support/flows.ts';
import { allRead, createWorld, device, until, type World } from '../../supervisor/test/support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.supervisor.start();
});

afterAll(() => world.stop());

async function read(): Promise<number> {
  await world.say('sensor', { n: 1 });
  await until('the reading to end', () => allRead(world));
  return (await world.said('virtual')).length;
}

test('a flow for a template that a device got without a word fires for it', async () => {
  world.devices.set('admin:sensor', device('sensor', ['1']));
  world.devices.set('admin:virtual', device('virtual', []));
  const first = flow(onReading('sensor', 'out'), publishFor('out', 'virtual'));
  await world.flows.create('admin', { name: 'first', enabled: true, source: first }, 'tester');
  expect(await read()).toBe(1);

  world.devices.set('admin:sensor', device('sensor', ['1', '2']));
  const onTemplate = node('on-template', 'event template in', [['out']], { template_id: '2', event_publish: true });
  const second = flow(onTemplate, publishFor('out', 'virtual'));
  await world.flows.create('admin', { name: 'second', enabled: true, source: second }, 'tester');
  expect(await read()).toBe(3);
});
