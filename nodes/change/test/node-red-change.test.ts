import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import type { Message, NodeRed } from '../../kit/src/index.ts';
import { build, errorText, FakeNode, fakeNodeRed } from '../../kit/test/support/fake-node-red.ts';
import changeNode from '../src/change.ts';

const defineCore: (RED: NodeRed) => void = createRequire(import.meta.url)('@node-red/nodes/core/function/15-change.js');
type Config = Record<string, unknown>;

/** What Node-RED's own change node makes of a message, and the warnings it gives. */
function coreResult(config: Config, message: Message): Promise<unknown> {
  return new Promise((resolve) => {
    const node = Object.assign(new FakeNode(), { error: () => resolve('error') });
    const send = (sent: unknown) => resolve({ sent, warnings: node.warnings });
    defineCore(fakeNodeRed((construct) => construct.call(node, structuredClone(config))));
    node.input?.(message, send, () => resolve('error'));
  });
}

async function ourResult(config: Config, message: Message): Promise<unknown> {
  const { node, receive } = build(changeNode, config);
  const { sent, error } = await receive(message);
  return error === undefined ? { sent: sent[0], warnings: node.warnings } : 'error';
}

const message = () => ({ payload: { a: 1, list: [1, 2], text: 'abc' }, topic: 'foo', key: 'a', nothing: null });
const rules: Config[] = [
  { t: 'set', p: 'payload', pt: 'msg', to: 'x', tot: 'str' },
  { t: 'set', p: 'payload.b.c', pt: 'msg', to: '5', tot: 'num' },
  { t: 'set', p: 'payload.new[0].x', pt: 'msg', to: 'true', tot: 'bool' },
  { t: 'set', p: 'payload.list[1]', pt: 'msg', to: '{"z":1}', tot: 'json' },
  { t: 'set', p: 'payload["a"]', pt: 'msg', to: 'topic', tot: 'msg' },
  { t: 'set', p: 'payload.copy', pt: 'msg', to: 'payload.list', tot: 'msg', dc: true },
  { t: 'set', p: 'payload.a', pt: 'msg', to: 'missing', tot: 'msg' },
  { t: 'set', p: 'payload.a', pt: 'msg', to: 'missing.deep', tot: 'msg' },
  { t: 'set', p: 'payload.list[0]', pt: 'msg', to: 'missing', tot: 'msg' },
  { t: 'set', p: 'topic.x', pt: 'msg', to: 'x', tot: 'str' },
  { t: 'set', p: 'nothing.x', pt: 'msg', to: 'x', tot: 'str' },
  { t: 'set', p: 'payload[msg.key]', pt: 'msg', to: 'x', tot: 'str' },
  { t: 'set', p: 'payload', to: 'msg.topic' },
  { t: 'set', p: 'payload', pt: 'msg', to: 'topic & "!"', tot: 'jsonata' },
  { t: 'set', p: 'payload', pt: 'msg', to: '[1,2]', tot: 'bin' },
  { t: 'delete', p: 'payload.a', pt: 'msg' },
  { t: 'delete', p: 'payload.list[0]', pt: 'msg' },
  { t: 'delete', p: 'missing.deep', pt: 'msg' },
  { t: 'move', p: 'topic', pt: 'msg', to: 'payload.moved', tot: 'msg' },
  { t: 'move', p: 'payload.a', pt: 'msg', to: 'payload', tot: 'msg' },
  { t: 'move', p: 'missing', pt: 'msg', to: 'topic', tot: 'msg' },
  { t: 'move', p: 'missing.deep', pt: 'msg', to: 'topic', tot: 'msg' },
  { t: 'move', p: 'nothing.deep', pt: 'msg', to: 'topic', tot: 'msg' },
  { t: 'move', p: 'missing', pt: 'msg', to: 'payload.b.c', tot: 'msg' },
  { t: 'move', p: 'topic', pt: 'msg', to: 'nothing.x', tot: 'msg' },
  { t: 'move', p: 'payload[', pt: 'msg', to: 'topic', tot: 'msg' },
  { t: 'move', p: 'topic', pt: 'msg', to: 'payload[', tot: 'msg' },
  { t: 'move', p: 'payload[msg.key]', pt: 'msg', to: 'payload.a', tot: 'msg' },
  { t: 'move', p: 'payload["a"]', pt: 'msg', to: 'payload.a', tot: 'msg' },
  { t: 'move', p: 'payload.list[0]', pt: 'msg', to: 'payload.list[1]', tot: 'msg' },
  { t: 'move', p: 'payload.list[1]', pt: 'msg', to: 'payload.list[0]', tot: 'msg' },
  { t: 'delete', p: 'nothing.deep', pt: 'msg' },
  { t: 'delete', p: 'topic.deep', pt: 'msg' },
  { t: 'change', p: 'topic', pt: 'msg', from: 'o', fromt: 'str', to: '0', tot: 'str' },
  { t: 'change', p: 'payload.text', pt: 'msg', from: '[ab]', fromt: 're', to: '-', tot: 'str' },
];

describe('with Node-RED’s semantics every rule does what Node-RED’s own node does', () => {
  test.each(rules.map((rule) => [rule]))('%j', async (rule) => {
    const config = { rules: [rule, { t: 'set', p: 'after', pt: 'msg', to: '1', tot: 'num' }] };
    expect(await ourResult(config, message())).toEqual(await coreResult(config, message()));
  });

  test('the oldest form, without a list of rules', async () => {
    const config = { action: 'change', property: 'topic', from: 'f', to: 'g', reg: false };
    expect(await ourResult(config, message())).toEqual(await coreResult(config, message()));
  });

  test('values go to contexts and come from them', async () => {
    const rule = { t: 'set', p: 'kept', pt: 'flow', to: 'topic', tot: 'msg' };
    const { node, receive } = build(changeNode, { rules: [rule] });
    await receive(message());
    expect(node.store.get('kept')).toBe('foo');
  });

  test('a target below a text warns and goes on', async () => {
    const { node, receive } = build(changeNode, {
      rules: [{ t: 'set', p: 'topic.x', pt: 'msg', to: 'x', tot: 'str' }],
    });
    expect((await receive(message())).sent).toEqual([message()]);
    expect(node.warnings).toEqual(['change.errors.no-override']);
  });

  test('a failing expression ends the branch with an error', async () => {
    const rule = { t: 'set', p: 'payload', pt: 'msg', to: '$error("no")', tot: 'jsonata' };
    expect(errorText(await build(changeNode, { rules: [rule] }).receive(message()))).toMatch(
      'change.errors.invalid-expr',
    );
  });

  test('an expression that does not parse is a wrong configuration', async () => {
    const rule = { t: 'set', p: 'payload', pt: 'msg', to: '((', tot: 'jsonata' };
    const { node, receive } = build(changeNode, { rules: [rule] });
    expect(node.statuses).toEqual([expect.objectContaining({ fill: 'red' })]);
    expect((await receive(message())).error).toBeInstanceOf(Error);
  });
});
