import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import type { Message, NodeRed } from '../../kit/src/index.ts';
import { build, FakeNode, fakeNodeRed } from '../../kit/test/support/fake-node-red.ts';
import templateNode from '../src/template.ts';

const defineCore: (RED: NodeRed & object) => void = createRequire(import.meta.url)(
  '@node-red/nodes/core/function/80-template.js',
);
type Config = Record<string, unknown>;

/** What Node-RED's own template node makes of a message. */
function coreResult(config: Config, message: Message): Promise<unknown> {
  return new Promise((resolve) => {
    const node = withContext(new FakeNode());
    const RED = { ...fakeNodeRed((construct) => construct.call(node, config)), library: { register: () => undefined } };
    defineCore(RED);
    node.input?.(message, resolve, (error) => error !== undefined && resolve('error'));
  });
}

async function ourResult(config: Config, message: Message): Promise<unknown> {
  const { node, receive } = build(templateNode, config);
  withContext(node);
  const { sent, error } = await receive(message);
  return error === undefined ? sent[0] : 'error';
}

function withContext(node: FakeNode): FakeNode {
  node.store.set('limit', 7);
  return node;
}

const message = () => ({
  payload: {
    id: 'd1',
    n: 5,
    zero: 0,
    off: false,
    none: null,
    html: '<b>"&\'/`=',
    list: [1, 2],
    o: { x: 1 },
    lines: 'a\nb\t"',
  },
  template: 'from the message {{payload.n}}',
});
const configs: Config[] = [
  { template: '{{payload.id}} {{payload.n}}{{payload.zero}}{{payload.off}}[{{payload.none}}{{payload.missing.deep}}]' },
  { template: '{{payload.html}} {{{payload.html}}} {{&payload.html}}' },
  { template: '{{payload.list}} {{payload.o}} {{payload.list.length}} {{payload.id.length}}{{payload.list.0}}' },
  { template: '{{! comment }}x{{missing}}' },
  { template: '{{#payload.list}}<{{.}}>{{/payload.list}}{{^payload.none}}none{{/payload.none}}' },
  { template: '{{flow.limit}} {{global.limit}} {{env.NO_SUCH_VARIABLE}}' },
  { template: '{"a":"{{{payload.lines}}}","n":{{payload.n}}}', output: 'json' },
  { template: 'a: {{payload.n}}', output: 'yaml' },
  { template: 'not json', output: 'json' },
  { template: '{{payload.id}}', syntax: 'plain' },
  { template: '{"a":1}', syntax: 'plain', output: 'json' },
  { template: '' },
  { template: 'x', field: '' },
  { template: 'x', field: 'payload.o.y' },
  { template: 'x', field: 'payload.list[1]' },
];

describe('with Node-RED’s semantics a template gives what Node-RED’s own node gives', () => {
  test.each(configs.map((config) => [config]))('%j', async (config) => {
    const full = { field: 'out', fieldType: 'msg', syntax: 'mustache', output: 'str', ...config };
    expect(await ourResult(full, message())).toEqual(await coreResult(full, message()));
  });

  test('the result may go to a context', async () => {
    const { node, receive } = build(templateNode, { template: 'x', field: 'kept', fieldType: 'flow', syntax: 'plain' });
    await receive({});
    expect(node.store.get('kept')).toBe('x');
  });
});
