import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import type { Message, NodeRed } from '../../kit/src/index.ts';
import { build, FakeNode, fakeNodeRed } from '../../kit/test/support/fake-node-red.ts';
import switchNode from '../src/switch.ts';

const defineCore: (RED: NodeRed) => void = createRequire(import.meta.url)('@node-red/nodes/core/function/10-switch.js');

/** What Node-RED's own switch does with a message: the outputs it goes to. */
function coreVerdict(config: Record<string, unknown>, message: Message): Promise<unknown> {
  return new Promise((resolve) => {
    const node = Object.assign(new FakeNode(), {
      send: (outputs: unknown[]) => resolve(outputs.map((output) => output !== null)),
      error: () => resolve('error'),
      warn: () => resolve('warning'),
    });
    defineCore(fakeNodeRed((construct) => construct.call(node, structuredClone(config))));
    node.input?.(
      message,
      () => undefined,
      () => undefined,
    );
  });
}

async function ourVerdict(config: Record<string, unknown>, message: Message): Promise<unknown> {
  const { sent, error } = await build(switchNode, config).receive(message);
  return error === undefined ? [sent[0]].flat().map((output) => output !== null) : 'error';
}

const rules = [
  { t: 'eq', v: '5', vt: 'num' },
  { t: 'eq', v: '5', vt: 'str' },
  { t: 'eq', v: 'true', vt: 'bool' },
  { t: 'eq', v: 'other', vt: 'msg' },
  { t: 'eq', v: 'other.deep', vt: 'msg' },
  { t: 'eq', v: '5' },
  { t: 'neq', v: '5', vt: 'num' },
  { t: 'lt', v: '10', vt: 'num' },
  { t: 'lte', v: '10', vt: 'str' },
  { t: 'gt', v: '1', vt: 'num' },
  { t: 'gte', v: 'other', vt: 'msg' },
  { t: 'btwn', v: '9', vt: 'num', v2: '1', v2t: 'num' },
  { t: 'cont', v: '5', vt: 'str' },
  { t: 'regex', v: '^T', vt: 'str', case: true },
  { t: 'regex', v: '^T', vt: 're' },
  { t: 'regex', v: 'missing', vt: 'msg' },
  { t: 'regex', v: 'missing', vt: 'msg', case: true },
  { t: 'regex', vt: 're' },
  { t: 'regex', v: '', vt: 'prev' },
  { t: 'eq' },
  { t: 'neq' },
  { t: 'cont' },
  { t: 'lt' },
  { t: 'eq', vt: 'num' },
  { t: 'eq', vt: 'bool' },
  { t: 'eq', vt: 'msg' },
  { t: 'btwn', v: '1', vt: 'num' },
  { t: 'btwn', v: '1', vt: 'num', v2t: 'prev' },
  { t: 'true' },
  { t: 'false' },
  { t: 'null' },
  { t: 'nnull' },
  { t: 'empty' },
  { t: 'nempty' },
  { t: 'istype', v: 'number', vt: 'number' },
  { t: 'istype', v: 'string', vt: 'string' },
  { t: 'istype', v: 'array', vt: 'array' },
  { t: 'istype', v: 'buffer', vt: 'buffer' },
  { t: 'istype', v: 'json', vt: 'json' },
  { t: 'istype', v: 'object', vt: 'object' },
  { t: 'istype', v: 'null', vt: 'null' },
  { t: 'istype', v: 'undefined', vt: 'undefined' },
  { t: 'hask', v: 'key', vt: 'str' },
  { t: 'jsonata_exp', v: 'payload = 5', vt: 'jsonata' },
  { t: 'eq', v: 'other & ""', vt: 'jsonata' },
  { t: 'eq', v: '', vt: 'prev' },
  { t: 'else' },
];
const values: unknown[] = [
  'undefined',
  5,
  '5',
  0,
  '',
  'text',
  true,
  false,
  null,
  undefined,
  [],
  [1],
  {},
  { key: 1 },
  Buffer.from(''),
  Buffer.from('a'),
  '{"a":1}',
  Number.NaN,
];

describe('with Node-RED’s semantics every rule decides as Node-RED’s own node', () => {
  test.each(rules.map((rule) => [rule]))('%j', async (rule) => {
    for (const payload of values) {
      const config = { property: 'payload', propertyType: 'msg', rules: [rule, { t: 'else' }], checkall: 'true' };
      const message = () => ({ payload, other: 5, parts: { id: 'p', index: 1, count: 3 } });
      expect([payload, await ourVerdict(config, message())]).toEqual([payload, await coreVerdict(config, message())]);
    }
  });

  test.each([
    'payload.a',
    'payload["a"]',
    'payload.list[0]',
    'payload[msg.key]',
    'msg.payload.a',
    'payload.x.y',
    'payload[',
  ])('the property %s is read as Node-RED reads it', async (property) => {
    const config = { property, rules: [{ t: 'eq', v: '1', vt: 'num' }, { t: 'null' }], checkall: 'false' };
    const message = () => ({ key: 'a', payload: { a: 1, list: [1] } });
    expect(await ourVerdict(config, message())).toEqual(await coreVerdict(config, message()));
  });

  test.each([false, 'false', true, 'no', '', 0, null])('checkall %j', async (checkall) => {
    const config = { property: 'payload', rules: [{ t: 'nnull' }, { t: 'nnull' }], checkall };
    expect(await ourVerdict(config, { payload: 5 })).toEqual(await coreVerdict(config, { payload: 5 }));
  });

  test.each(['jsonata', 'env', 'str'])('a property of type %s', async (propertyType) => {
    const config = { property: 'payload', propertyType, rules: [{ t: 'eq', v: '5', vt: 'num' }, { t: 'else' }] };
    expect(await ourVerdict(config, { payload: 5 })).toEqual(await coreVerdict(config, { payload: 5 }));
  });
});

describe('sequences', () => {
  const part = (index: number) => ({ payload: index, parts: { id: 's', index, count: 3 } });

  test.each([
    [{ t: 'head', v: '1', vt: 'num' }, [0]],
    [{ t: 'index', v: '1', vt: 'num', v2: '2', v2t: 'num' }, [1, 2]],
    [{ t: 'tail', v: '1', vt: 'num' }, [2]],
  ])('%j chooses parts of a sequence', async (rule, expected) => {
    const node = build(switchNode, { property: 'payload', rules: [rule] });
    const passed: unknown[] = [];
    for (const index of [0, 1, 2]) {
      const { sent } = await node.receive(part(index));
      passed.push(
        ...sent.flat().flatMap((output) => (output === null ? [] : [Reflect.get(Object(output), 'payload')])),
      );
    }
    expect(passed).toEqual(expected);
  });

  test('repair gives what an output receives its own numbering', async () => {
    const config = { property: 'payload', rules: [{ t: 'gt', v: '0', vt: 'num' }], repair: true };
    const node = build(switchNode, config);
    const sent = [];
    for (const index of [0, 1, 2]) sent.push(...(await node.receive(part(index))).sent.flat());
    const parts = sent.flatMap((output) => (output === null ? [] : [Reflect.get(Object(output), 'parts')]));
    expect(parts).toEqual([
      { id: expect.any(String), index: 0, count: 2 },
      { id: parts[0].id, index: 1, count: 2 },
    ]);
  });
});

test('a context value is read when the rule is reached', async () => {
  const node = build(switchNode, { property: 'limit', propertyType: 'flow', rules: [{ t: 'eq', v: '3', vt: 'num' }] });
  node.node.store.set('limit', 3);
  expect((await node.receive({ payload: 1 })).sent).toEqual([[{ payload: 1 }]]);
});

test('prev is the value of the last message', async () => {
  const node = build(switchNode, { property: 'payload', rules: [{ t: 'neq', v: '', vt: 'prev' }] });
  const sent = [];
  for (const payload of [1, 1, 2]) sent.push((await node.receive({ payload })).sent[0]);
  expect(sent).toEqual([[{ payload: 1 }], [null], [{ payload: 2 }]]);
});
