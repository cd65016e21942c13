/** The flow both sides run: source → switch → change → template → sink, in the configuration fields of Node-RED's nodes. */
export function referenceFlow(source: object, sink: object): object[] {
  const nodes: object[] = [
    { id: 'source', z: 'tab', wires: [['switch']], ...source },
    {
      id: 'switch',
      type: 'switch',
      z: 'tab',
      property: 'payload.data.attrs.temperature',
      propertyType: 'msg',
      rules: [{ t: 'gt', v: '10', vt: 'num' }, { t: 'else' }],
      checkall: 'false',
      repair: false,
      outputs: 2,
      wires: [['change'], []],
    },
    {
      id: 'change',
      type: 'change',
      z: 'tab',
      rules: [
        { t: 'set', p: 'out.value', pt: 'msg', to: 'payload.data.attrs.temperature', tot: 'msg' },
        { t: 'set', p: 'out.unit', pt: 'msg', to: 'celsius', tot: 'str' },
      ],
      wires: [['template']],
    },
    {
      id: 'template',
      type: 'template',
      z: 'tab',
      field: 'text',
      fieldType: 'msg',
      format: 'handlebars',
      syntax: 'mustache',
      template: '{{payload.data.id}}: {{out.value}} {{out.unit}}',
      output: 'str',
      wires: [['sink']],
    },
    { id: 'sink', z: 'tab', wires: [], ...sink },
  ];
  // Node-RED takes a node without a place on the canvas for a configuration node.
  return [{ id: 'tab', type: 'tab', label: 'hop' }, ...nodes.map((node, x) => ({ ...node, x, y: 0 }))];
}

/** A small reading, as the first message of a trigger. */
export function reading(temperature: number): Record<string, unknown> {
  return {
    payload: {
      event: 'publish',
      metadata: { tenant: 'bench', timestamp: 1_700_000_000_000 },
      data: { id: 'b41c07', attrs: { temperature, serial: 'XYZ-1' } },
    },
  };
}
