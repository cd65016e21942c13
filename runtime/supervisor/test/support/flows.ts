/** Flows to test with, as lists of the REST API. */
export type Node = Record<string, unknown>;

export const tab: Node = { id: 't0', type: 'tab', label: 'Flow 1' };

/** A node at some place of the canvas. */
export function node(id: string, type: string, wires: string[][], more: Node = {}): Node {
  return { id, type, z: 't0', name: '', x: 10, y: 10, wires, ...more };
}

/** A trigger for readings of a device. */
export const onReading = (device: string, ...targets: string[]): Node =>
  node(`on-${device}`, 'event device in', [targets], { device_id: device, event_publish: true });

/** Publishes the object at `attrs` for a device. */
export const publishFor = (id: string, device: string, attrs = 'payload.data.attrs'): Node =>
  node(id, 'multi device out', [], {
    ...{ device_source: 'configured', devices_source_configured: [device], attrs },
  });

export const functionNode = (id: string, func: string, wires: string[][]): Node =>
  node(id, 'function', wires, {
    func,
    outputs: wires.length,
    timeout: 0,
    noerr: 0,
    initialize: '',
    finalize: '',
    libs: [],
  });

export const flow = (...nodes: Node[]): string => JSON.stringify([tab, ...nodes]);

/** What a Function node finds outside its sandbox. */
export const escaped = "Buffer.constructor('return process')()";
