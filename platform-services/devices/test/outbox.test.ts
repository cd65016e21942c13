import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLog } from '../../kit/log.ts';
import { createMetrics } from '../../kit/metrics.ts';
import type { CollectionOptions, Document } from '../../kit/store/store.ts';
import { devices } from '../index.ts';
import { recordingBus } from './support/recording-bus.ts';
import { type Registry, soilProbe, startRegistry } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
  await registry.call('POST', '/template', soilProbe);
});
afterEach(() => registry.stop());

const create = (id: string) => registry.call('POST', '/device', { id, label: id, templates: [1] });
const said = (events: ReturnType<Registry['events']>) =>
  events.map(({ event, data }) => `${event} ${(data as { id?: string }).id ?? ''}`.trim());

test('a change succeeds while the bus is down, and its event follows in order when the bus is back', async () => {
  registry.bus.available = false;
  expect(await create('aa')).toMatchObject({ status: 200 });
  await registry.call('PUT', '/device/aa', { label: 'b', templates: [1] });
  await registry.call('DELETE', '/device/aa');
  expect(await create('aa')).toMatchObject({ status: 200 });
  await create('bb');
  expect(registry.events()).toEqual([]);
  expect(await registry.call('GET', '/device')).toMatchObject({ body: { devices: [{ id: 'aa' }, { id: 'bb' }] } });
  registry.bus.available = true;
  await registry.bus.holds(5);
  expect(said(registry.events())).toEqual(['create aa', 'update aa', 'remove aa', 'create aa', 'create bb']);
  expect(registry.events()[2]).toMatchObject({ data: { label: 'b', templates: [1] } });
});

test('the next change of a device brings what is still owed for it along', async () => {
  registry.bus.available = false;
  await create('aa');
  registry.bus.available = true;
  await registry.call('PUT', '/device/aa', { label: 'b', templates: [1] });
  await registry.bus.holds(2);
  expect(said(registry.events())).toEqual(['create aa', 'update aa']);
});

test('devices with many attributes are changed few at a time', async () => {
  const settled: number[] = [];
  const counting = await startRegistry({
    wrapStore: (store) => ({
      ...store,
      async collection<T extends Document>(name: string, options?: CollectionOptions) {
        const collection = await store.collection<T>(name, options);
        const replaceMany: typeof collection.replaceMany = (tenant, changes) => {
          settled.push(changes.length);
          return collection.replaceMany(tenant, changes);
        };
        return { ...collection, replaceMany };
      },
    }),
  });
  try {
    const attribute = { type: 'static', value_type: 'string', static_value: 'x' };
    const attrs = Array.from({ length: 2000 }, (_, index) => ({ ...attribute, label: `a${index}` }));
    await counting.call('POST', '/template', { label: 't', attrs });
    const own = [{ id: 1, template_id: 1, label: 'a0', static_value: 'own' }];
    await counting.call('POST', '/device?count=27', { label: 'd', templates: [1], attrs: own });
    // They appear together, as their attributes do not change by that; with its label each weighs 2001.
    expect(settled.splice(0)).toEqual([27, 4, 4, 4, 4, 4, 4, 3]);
    await counting.call('PUT', '/template/1', { label: 't', attrs: [...attrs.slice(1), { ...attribute, label: 'b' }] });
    expect(settled.splice(0)).toEqual([4, 4, 4, 4, 4, 4, 3]);
    await counting.call('DELETE', '/device');
    expect(settled.splice(0)).toEqual([4, 4, 4, 4, 4, 4, 3]);
    expect(counting.events()).toHaveLength(3 * 27 + 1);
  } finally {
    await counting.stop();
  }
});

test('what a crash left unsent is sent at the next start, also the rest of a template change', async () => {
  await create('aa');
  await create('bb');
  registry.bus.published.length = 0;
  registry.bus.available = false;
  await registry.call('DELETE', '/device/bb');
  const attrs = soilProbe.attrs.filter(({ label }) => label !== 'serial');
  expect(await registry.call('PUT', '/template/1', { label: 'v2', attrs })).toMatchObject({ status: 200 });

  const bus = recordingBus();
  const clock = { now: () => 0 };
  const { store } = registry;
  const next = await devices({ store, bus, clock, random: randomBytes, log: silentLog, metrics: createMetrics() });
  await next.start();
  const events = bus.published.map(({ message }) => JSON.parse(message.value));
  expect(said(events)).toEqual(['remove bb', 'update aa', 'template.update']);
  expect(events[1]).toMatchObject({ data: { attrs: { 1: [{ label: 'moisture' }, { label: 'valve' }, {}] } } });
  expect(await next.listDevices('acme', new URLSearchParams('idsOnly=1&attr_type=string'))).toEqual(['aa']);
  bus.published.length = 0;
  await next.stop();
  await next.start();
  expect(bus.published).toEqual([]);
  await next.stop();
});
