/** Many sensors, each with a virtual twin: one flow on the template sends every reading on to the twin a static value names. */
import type { Api } from './api.ts';
import { tab } from './sample-flow.ts';

export interface Pair {
  readonly sensor: string;
  readonly virtual: string;
}

/** Template trigger → switch → change → the twin's `seq` and `temperature`. */
export async function createTwins(api: Api, count: number): Promise<Pair[]> {
  const twins = await api.createTemplate('twin', [
    { label: 'seq', type: 'dynamic', value_type: 'integer' },
    { label: 'temperature', type: 'dynamic', value_type: 'float' },
  ]);
  const sensors = await api.createTemplate('sensor', [
    { label: 'seq', type: 'dynamic', value_type: 'integer' },
    { label: 'temperature', type: 'dynamic', value_type: 'float' },
    { label: 'twin', type: 'static', value_type: 'string', static_value: 'none' },
  ]);
  const template = (await api.call('GET', `/template/${sensors}`)).json<{ attrs: { id: number; label: string }[] }>();
  const twinAttribute = template.attrs.find((attribute) => attribute.label === 'twin');
  await api.createFlow('to the twin', twinFlow(sensors));
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index += 1) {
    const virtual = await api.createDevice(`twin ${index}`, [twins]);
    const override = { id: twinAttribute?.id, template_id: String(sensors), label: 'twin', static_value: virtual };
    pairs.push({ virtual, sensor: await api.createDevice(`sensor ${index}`, [sensors], { attrs: [override] }) });
  }
  return pairs;
}

function twinFlow(template: number): Record<string, unknown>[] {
  return [
    tab,
    {
      ...{ id: 'in', type: 'event template in', z: 't0', template_id: String(template), event_publish: true },
      ...{ x: 100, y: 100, wires: [['switch']] },
    },
    {
      ...{ id: 'switch', type: 'switch', z: 't0', property: 'payload.data.attrs.seq', checkall: 'true', outputs: 1 },
      ...{ rules: [{ t: 'gt', v: '-100', vt: 'num' }], x: 200, y: 100, wires: [['copy']] },
    },
    {
      ...{ id: 'copy', type: 'change', z: 't0', x: 300, y: 100, wires: [['out']] },
      rules: [{ t: 'set', p: 'out.seq', pt: 'msg', to: 'payload.data.attrs.seq', tot: 'msg' }],
    },
    {
      ...{
        id: 'out',
        type: 'multi device out',
        z: 't0',
        device_source: 'dynamic',
        attrs: 'out',
        x: 500,
        y: 100,
        wires: [],
      },
      devices_source_dynamic: 'payload.data.attrs.twin',
    },
  ];
}
