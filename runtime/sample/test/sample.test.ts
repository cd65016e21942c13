import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Devices, devices } from '../../../platform-services/devices/index.ts';
import type { Bus } from '../../../platform-services/kit/bus/bus.ts';
import { createSqliteBus } from '../../../platform-services/kit/bus/sqlite/sqlite-bus.ts';
import { systemClock as clock } from '../../../platform-services/kit/clock.ts';
import { silentLog as log } from '../../../platform-services/kit/log.ts';
import { createMetrics } from '../../../platform-services/kit/metrics.ts';
import { createSqliteStore } from '../../../platform-services/kit/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../platform-services/kit/store/store.ts';
import type { FlowStore } from '../../flow-store/flow-store.ts';
import { createFlowStore } from '../../flow-store/index.ts';
import { declineSample, openSample, type SampleNeeds, wantSample } from '../sample.ts';

const flowFile = fileURLToPath(new URL('../../../flows/thermometer.json', import.meta.url));
let folder: string;
let bus: Bus;
let store: Store;
let registry: Devices;
let flows: FlowStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dojot-sample-'));
  const metrics = createMetrics();
  const retention = { maxAgeMs: 60_000, maxBytes: 1e9 };
  bus = await createSqliteBus({ file: join(folder, 'bus.db'), retention, clock, log, metrics });
  store = await createSqliteStore({ file: join(folder, 'store.db'), clock, log });
  registry = await devices({ store, bus, clock, random: randomBytes, log, metrics });
  flows = await createFlowStore({ store, clock, log, randomId: randomUUID, encryptionKey: () => randomBytes(32) });
});

afterEach(async () => {
  await registry.stop();
  await store.stop();
  await bus.stop();
  rmSync(folder, { recursive: true });
});

function needs(change: Partial<SampleNeeds> = {}): SampleNeeds {
  return { store, devices: registry, flows, flowFile, ...change };
}

async function deviceIds(): Promise<string[]> {
  const ids = await registry.listDevices('admin', new URLSearchParams({ idsOnly: 'true' }));
  return Array.isArray(ids) ? ids : [];
}

describe('the sample', () => {
  test('is made only when it was wanted, and once', async () => {
    expect(await openSample(needs())).toBeUndefined();
    await wantSample('admin', store);
    const made = await openSample(needs());
    expect(made).toMatchObject({ isNew: true, sample: { tenant: 'admin' } });
    expect(await openSample(needs())).toEqual({ sample: made?.sample, isNew: false });
    expect(await deviceIds()).toHaveLength(2);
    expect(await flows.list('admin')).toHaveLength(1);
  });

  test.each(['createTemplate', 'createDevice'] as const)(
    'is completed by the next start, nothing twice, when %s was the last it came to',
    async (last) => {
      await wantSample('admin', store);
      const cut = {
        ...registry,
        [last]: async (tenant: string, body: unknown) => {
          await registry[last](tenant, body);
          throw new Error('killed');
        },
      };
      await expect(openSample(needs({ devices: cut }))).rejects.toThrow('killed');
      expect(await openSample(needs())).toMatchObject({ isNew: true });
      expect(await deviceIds()).toHaveLength(2);
      const { templates } = await registry.listTemplates('admin', new URLSearchParams());
      const labels: string[] = [];
      for await (const template of templates) labels.push(template.label);
      expect(labels).toEqual(['Thermometer', 'Room climate']);
    },
  );

  test('is given up by a start without it', async () => {
    await wantSample('admin', store);
    await declineSample(store);
    expect(await openSample(needs())).toBeUndefined();
    expect(await deviceIds()).toEqual([]);
  });

  test('stays when it is there already', async () => {
    await wantSample('admin', store);
    const made = await openSample(needs());
    await declineSample(store);
    expect(await openSample(needs())).toEqual({ sample: made?.sample, isNew: false });
  });

  test.each(['thermometer', 'virtual'] as const)('is over when its %s was removed', async (device) => {
    await wantSample('admin', store);
    const made = await openSample(needs());
    await registry.removeDevice('admin', made?.sample[device] ?? '');
    expect(await openSample(needs())).toBeUndefined();
    expect(await deviceIds()).toHaveLength(1);
  });
});
