/**
 * What a newcomer finds on an empty data folder: a template, a thermometer, a virtual device and the flow of
 * `flows/thermometer.json` between them. Made once; which things it made is remembered in the store.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Collection, Store } from '../../platform-services/kit/store/store.ts';
import type { FlowStore } from '../flow-store/flow-store.ts';

export interface Sample {
  readonly id: 'thermometer';
  readonly tenant: string;
  /** Device ids. */
  readonly thermometer: string;
  readonly virtual: string;
  readonly flow: string;
}

/** The two operations of the devices service that the sample needs; the bodies are those of the REST API. */
export interface SampleDevices {
  createTemplate(
    tenant: string,
    body: { label: string; attrs: readonly Record<string, unknown>[] },
  ): Promise<{ id: number }>;
  createDevice(tenant: string, body: { label: string; templates: readonly number[] }): Promise<{ id: string }>;
}

export interface SampleNeeds {
  readonly store: Store;
  readonly devices: SampleDevices;
  readonly flows: FlowStore;
  /** Path of the flow file. */
  readonly flowFile: string;
}

const flowFileForm = z.object({ name: z.string().min(1), flow: z.array(z.looseObject({ type: z.string() })) });

/** The sample of an earlier start, if there was one. */
export async function findSample(store: Store): Promise<Sample | undefined> {
  const [found] = await (await samples(store)).findEverywhere();
  return found?.document;
}

/** Makes the sample in a tenant that has nothing yet. */
export async function createSample(tenant: string, { store, devices, flows, flowFile }: SampleNeeds): Promise<Sample> {
  const template = await devices.createTemplate(tenant, {
    label: 'Thermometer',
    attrs: [
      { label: 'temperature', type: 'dynamic', value_type: 'float' },
      { label: 'humidity', type: 'dynamic', value_type: 'float' },
      { label: 'place', type: 'static', value_type: 'string', static_value: 'greenhouse' },
    ],
  });
  const virtualTemplate = await devices.createTemplate(tenant, {
    label: 'Room climate',
    attrs: [
      { label: 'temperature', type: 'dynamic', value_type: 'float' },
      { label: 'status', type: 'dynamic', value_type: 'string' },
      { label: 'sentence', type: 'dynamic', value_type: 'string' },
    ],
  });
  const thermometer = await devices.createDevice(tenant, { label: 'Thermometer', templates: [template.id] });
  const virtual = await devices.createDevice(tenant, {
    label: 'Room climate (virtual)',
    templates: [virtualTemplate.id],
  });
  const file = flowFileForm.parse(JSON.parse(readFileSync(flowFile, 'utf8')));
  const source = JSON.stringify(file.flow)
    .replaceAll('{{thermometer}}', thermometer.id)
    .replaceAll('{{virtual}}', virtual.id);
  const flow = await flows.create(tenant, { name: file.name, enabled: true, source }, 'sample');
  const sample: Sample = { id: 'thermometer', tenant, thermometer: thermometer.id, virtual: virtual.id, flow: flow.id };
  await (await samples(store)).insert(tenant, sample);
  return sample;
}

function samples(store: Store): Promise<Collection<Sample>> {
  return store.collection<Sample>('samples');
}
