/**
 * What a newcomer finds on an empty data folder: a template, a thermometer, a virtual device and the flow of
 * `flows/thermometer.json` between them. Made once; which things it made is remembered in the store.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DeviceDirectory } from '../../platform-services/kit/directory.ts';
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

/** What the sample needs of the devices service; bodies and queries are those of the REST API. */
export interface SampleDevices {
  readonly directory: DeviceDirectory;
  listTemplates(
    tenant: string,
    query: URLSearchParams,
  ): Promise<{ readonly templates: AsyncIterable<{ readonly id: number; readonly label: string }> }>;
  createTemplate(
    tenant: string,
    body: { label: string; attrs: readonly Record<string, unknown>[] },
  ): Promise<{ id: number }>;
  listDevices(
    tenant: string,
    query: URLSearchParams,
  ): Promise<{ readonly devices: AsyncIterable<{ readonly id: string; readonly label: string }> } | string[]>;
  createDevice(tenant: string, body: { label: string; templates: readonly number[] }): Promise<{ id: string }>;
}

export interface SampleNeeds {
  readonly store: Store;
  readonly devices: SampleDevices;
  readonly flows: FlowStore;
  /** Path of the flow file. */
  readonly flowFile: string;
}

/** What is remembered of it: no more than the tenant that is to have it until every part is there. */
type Wish = Pick<Sample, 'id' | 'tenant'>;

const id = 'thermometer';
const flowFileForm = z.object({ name: z.string().min(1), flow: z.array(z.looseObject({ type: z.string() })) });

/** Remembers that a tenant, which has nothing yet, is to have the sample: a start that fails leaves it to the next one. */
export async function wantSample(tenant: string, store: Store): Promise<void> {
  await (await samples(store)).put(tenant, { id, tenant });
}

/** Gives up a sample that is not there yet. */
export async function declineSample(store: Store): Promise<void> {
  const collection = await samples(store);
  for (const { document } of await collection.findEverywhere()) {
    if (!isMade(document)) await collection.remove(document.tenant, id);
  }
}

/** The sample, made now when it was wanted; undefined when it was not, or when one of its devices was removed. */
export async function openSample(needs: SampleNeeds): Promise<{ sample: Sample; isNew: boolean } | undefined> {
  const collection = await samples(needs.store);
  const [found] = await collection.findEverywhere();
  if (!found) return undefined;
  const { document } = found;
  if (isMade(document)) return (await hasDevices(document, needs)) ? { sample: document, isNew: false } : undefined;
  const sample = await makeSample(document.tenant, needs);
  await collection.put(sample.tenant, sample);
  return { sample, isNew: true };
}

async function hasDevices({ tenant, thermometer, virtual }: Sample, { devices }: SampleNeeds): Promise<boolean> {
  const found = await Promise.all([thermometer, virtual].map((deviceId) => devices.directory.find(tenant, deviceId)));
  return found.every((device) => device !== undefined);
}

/** Takes over what a start that was cut short has made already. */
async function makeSample(tenant: string, { devices, flows, flowFile }: SampleNeeds): Promise<Sample> {
  async function template(label: string, attrs: readonly Record<string, unknown>[]): Promise<number> {
    const { templates } = await devices.listTemplates(tenant, new URLSearchParams({ label }));
    const made = await labelled(templates, label);
    return (made ?? (await devices.createTemplate(tenant, { label, attrs }))).id;
  }
  async function device(label: string, templateId: number): Promise<string> {
    const page = await devices.listDevices(tenant, new URLSearchParams({ label }));
    const made = Array.isArray(page) ? undefined : await labelled(page.devices, label);
    return (made ?? (await devices.createDevice(tenant, { label, templates: [templateId] }))).id;
  }

  const ofThermometer = await template('Thermometer', [
    { label: 'temperature', type: 'dynamic', value_type: 'float' },
    { label: 'humidity', type: 'dynamic', value_type: 'float' },
    { label: 'place', type: 'static', value_type: 'string', static_value: 'greenhouse' },
  ]);
  const ofVirtual = await template('Room climate', [
    { label: 'temperature', type: 'dynamic', value_type: 'float' },
    { label: 'status', type: 'dynamic', value_type: 'string' },
    { label: 'sentence', type: 'dynamic', value_type: 'string' },
  ]);
  const thermometer = await device('Thermometer', ofThermometer);
  const virtual = await device('Room climate (virtual)', ofVirtual);
  const file = flowFileForm.parse(JSON.parse(readFileSync(flowFile, 'utf8')));
  const source = JSON.stringify(file.flow)
    .replaceAll('{{thermometer}}', thermometer)
    .replaceAll('{{virtual}}', virtual);
  const made = (await flows.list(tenant)).find((flow) => flow.name === file.name);
  const flow = made ?? (await flows.create(tenant, { name: file.name, enabled: true, source }, 'sample'));
  return { id, tenant, thermometer, virtual, flow: flow.id };
}

async function labelled<T extends { readonly label: string }>(
  list: AsyncIterable<T>,
  label: string,
): Promise<T | undefined> {
  for await (const item of list) if (item.label === label) return item;
  return undefined;
}

function isMade(remembered: Sample | Wish): remembered is Sample {
  return 'flow' in remembered;
}

function samples(store: Store): Promise<Collection<Sample | Wish>> {
  return store.collection<Sample | Wish>('samples');
}
