import { describe, expect, test } from '@jest/globals';
import { build, errorText } from '../../kit/test/support/fake-node-red.ts';
import changeNode from '../src/change.ts';

type Rule = Record<string, unknown>;

const node = (...rules: Rule[]) => build(changeNode, { semantics: 'dojot', rules });
const set = (to: unknown, tot: string, p = 'out') => ({ t: 'set', p, pt: 'msg', to, tot });

async function changed(message: Rule, ...rules: Rule[]): Promise<unknown> {
  const { sent, error } = await node(...rules).receive(message);
  if (error !== undefined) throw error;
  return sent[0];
}

describe('set (contract §9.9)', () => {
  test.each<[unknown, string, unknown]>([
    ['x', 'str', 'x'],
    ['5', 'str', '5'],
    ['5', 'num', 5],
    [5, 'num', 5],
    ['', 'num', 0],
    ['x', 'num', null],
    ['true', 'bool', true],
    ['TRUE', 'boolean', true],
    ['1', 'bool', true],
    ['no', 'bool', false],
    [true, 'bool', true],
    [false, 'bool', false],
    ['{"a":[1]}', 'json', { a: [1] }],
  ])('%j as %s gives %j', async (to, tot, expected) => {
    expect(await changed({}, set(to, tot))).toEqual({ out: expected });
  });

  test('msg copies a value deeply', async () => {
    const message = { a: { b: [1] } };
    const result = await changed(message, set('a', 'msg'), set('x', 'str', 'out.b.0'));
    expect(result).toEqual({ a: { b: [1] }, out: { b: ['x'] } });
  });

  test('rules apply in order and make missing objects', async () => {
    expect(await changed({}, set('1', 'num', 'a.b'), set('a.b', 'msg', 'c.d.e'))).toEqual({
      a: { b: 1 },
      c: { d: { e: 1 } },
    });
  });

  test.each<[unknown, unknown]>([
    ['', expect.any(Number)],
    [undefined, expect.any(Number)],
    ['iso', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
    ['object', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)],
    ['[year] YYYY', expect.stringMatching(/^year \d{4}$/)],
  ])('date %j is the time now, as Node-RED gives it', async (to, expected) => {
    expect(await changed({}, set(to, 'date'))).toEqual({ out: expected });
  });

  test.each<[string, Rule, RegExp]>([
    ['an absent source', set('x.y', 'msg'), /Unknown property x.y requested/],
    ['an unknown type', set('x', 'jsonata'), /Invalid value type: jsonata/],
    ['an absent type', { t: 'set', p: 'a', to: 'x' }, /Invalid value type/],
    ['an empty target', set('x', 'str', ''), /cannot be set/],
    ['a scalar on the way', set('x', 'str', 'scalar.a'), /cannot be set/],
    ['a forbidden target', set('x', 'str', '__proto__.a'), /forbidden/],
  ])('%s is an error and nothing is forwarded', async (_what, rule, text) => {
    const result = await node(rule).receive({ scalar: 1 });
    expect(errorText(result)).toMatch(text);
    expect(result.sent).toEqual([]);
  });

  test('an unknown operation is skipped, absent rules forward', async () => {
    expect(await changed({ a: 1 }, { t: 'rotate', p: 'a' })).toEqual({ a: 1 });
    expect(await build(changeNode, { semantics: 'dojot' }).receive({ a: 1 })).toEqual({
      sent: [{ a: 1 }],
      error: undefined,
    });
  });
});

describe('delete, move and change', () => {
  test('delete removes, and forgives a missing property', async () => {
    expect(await changed({ a: { b: 1 } }, { t: 'delete', p: 'a.b' }, { t: 'delete', p: 'x.y' })).toEqual({ a: {} });
  });

  test('move takes a value elsewhere, into itself too', async () => {
    expect(await changed({ a: 1 }, { t: 'move', p: 'a', to: 'b.c', tot: 'msg' })).toEqual({ b: { c: 1 } });
    expect(await changed({ a: 1 }, { t: 'move', p: 'a', to: 'a.b', tot: 'msg' })).toEqual({ a: { b: 1 } });
  });

  test.each<[Rule, unknown, unknown]>([
    [{ from: 'o', fromt: 'str', to: '0', tot: 'str' }, 'foo', 'f00'],
    [{ from: '[aeiou]', fromt: 're', to: '-', tot: 'str' }, 'dojot', 'd-j-t'],
    [{ from: '[aeiou]', re: true, to: '-', tot: 'str' }, 'dojot', 'd-j-t'],
    [{ from: '[aeiou]', fromt: 'str', re: false, to: '-', tot: 'str' }, 'dojot', 'dojot'],
    [{ from: '5', fromt: 'num', to: '6', tot: 'num' }, 5, 6],
    [{ from: 'true', fromt: 'bool', to: 'yes', tot: 'str' }, true, 'yes'],
    [{ from: 'x', fromt: 'str', to: 'y', tot: 'str' }, { a: 1 }, { a: 1 }],
    [{ from: 'sought', fromt: 'msg', to: 'y', tot: 'str' }, 'axa', 'aya'],
  ])('change %j in %j gives %j', async (rule, a, expected) => {
    expect(await changed({ a, sought: 'x' }, { t: 'change', p: 'a', pt: 'msg', ...rule })).toMatchObject({
      a: expected,
    });
  });

  const absent = ['none.y', 'missing', 'missing.deep', ''];
  const kept = () => ({ none: null, a: 'foo', topic: 'old' });

  test.each(absent)('what is not there, at the path "%s", is nothing to delete or to change', async (p) => {
    const change = { t: 'change', p, from: 'o', fromt: 'str', to: '0', tot: 'str' };
    expect(await changed(kept(), { t: 'delete', p }, change)).toEqual(kept());
  });

  test.each(absent)('moving what is not there, at the path "%s", removes the target', async (p) => {
    expect(await changed(kept(), { t: 'move', p, to: 'topic', tot: 'msg' })).toEqual({ none: null, a: 'foo' });
    expect(await changed(kept(), { t: 'move', p, to: 'none.z', tot: 'msg' })).toEqual(kept());
  });

  test.each(absent)(
    'nothing is replaced by, or searched for with, what is not there at the path "%s"',
    async (path) => {
      const by = { t: 'change', p: 'a', from: 'o', fromt: 'str', to: path, tot: 'msg' };
      const withIt = { t: 'change', p: 'a', from: path, fromt: 'msg', to: 'x', tot: 'str' };
      expect(await changed(kept(), by, withIt)).toEqual(kept());
    },
  );

  test.each(['none.x', 'a.x', ''])('a move to "%s", where nothing can be set, warns and goes on', async (to) => {
    const { node: moving, receive } = node({ t: 'move', p: 'topic', to, tot: 'msg' }, set('1', 'num', 'after'));
    expect(await receive(kept())).toEqual({ sent: [{ none: null, a: 'foo', after: 1 }], error: undefined });
    expect(moving.warnings).toEqual([`The property ${to} cannot be set`]);
  });
});
