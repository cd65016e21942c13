/** A small world for tests: a thermometer, a virtual device and flows in dojot 0.8 form between them. */
import type { Api } from './api.ts';

export interface World {
  readonly template: number;
  readonly sensor: string;
  readonly virtual: string;
}

/** Template with `temperature`, `seq` (dynamic), `fan` (actuator), `serial` (static); one device and one virtual device. */
export async function createWorld(api: Api, label = 'boiler'): Promise<World> {
  const template = await api.createTemplate(label, [
    { label: 'temperature', type: 'dynamic', value_type: 'float' },
    { label: 'seq', type: 'dynamic', value_type: 'integer' },
    { label: 'fan', type: 'actuator', value_type: 'integer' },
    { label: 'serial', type: 'static', value_type: 'string', static_value: 'SN-1' },
  ]);
  const virtualTemplate = await api.createTemplate(`${label} result`, [
    { label: 'celsius', type: 'dynamic', value_type: 'float' },
    { label: 'seq', type: 'dynamic', value_type: 'integer' },
    { label: 'serial', type: 'dynamic', value_type: 'string' },
  ]);
  return {
    template,
    sensor: await api.createDevice(label, [template]),
    virtual: await api.createDevice(`${label} virtual`, [virtualTemplate]),
  };
}

export const tab = { id: 't0', type: 'tab', label: 'Flow 1' };

/** Trigger `in` (readings of the sensor) wired to the given node. */
export function whenSensorSpeaks(world: World, target: string): Record<string, unknown> {
  return {
    ...{ id: 'in', type: 'event device in', z: 't0', name: '', device_id: world.sensor },
    ...{ event_publish: true, event_configure: false, x: 100, y: 100, wires: [[target]] },
  };
}

/** Publishes the object at `path` for the virtual device. */
export function intoVirtual(world: World, id: string, path: string): Record<string, unknown> {
  return {
    ...{ id, type: 'multi device out', z: 't0', name: '', device_source: 'configured' },
    ...{
      devices_source_configured: [world.virtual],
      devices_source_dynamic: '',
      attrs: path,
      x: 500,
      y: 100,
      wires: [],
    },
  };
}

/** A `change` node of dojot's kind: each pair copies a path to a path. */
export function copy(
  id: string,
  target: string,
  ...pairs: readonly (readonly [from: string, to: string])[]
): Record<string, unknown> {
  return {
    ...{ id, type: 'change', z: 't0', name: '', x: 300, y: 100, wires: [[target]] },
    rules: pairs.map(([from, to]) => ({ t: 'set', p: to, pt: 'msg', to: from, tot: 'msg' })),
  };
}

/** Sensor → copy of temperature, seq and serial → virtual device. */
export function copyingFlow(world: World): Record<string, unknown>[] {
  return [
    tab,
    whenSensorSpeaks(world, 'copy'),
    copy(
      'copy',
      'out',
      ['payload.data.attrs.temperature', 'out.celsius'],
      ['payload.data.attrs.seq', 'out.seq'],
      ['payload.data.attrs.serial', 'out.serial'],
    ),
    intoVirtual(world, 'out', 'out'),
  ];
}
