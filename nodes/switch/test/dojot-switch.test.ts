import { describe, expect, test } from '@jest/globals';
import { build, errorText } from '../../kit/test/support/fake-node-red.ts';
import switchNode from '../src/switch.ts';

type Rule = Record<string, unknown>;

function node(rules: Rule[], more: Rule = {}) {
  return build(switchNode, { semantics: 'dojot', property: 'a', propertyType: 'msg', rules, ...more });
}

/** The outputs (by index) a message goes to. */
async function outputsOf(rules: Rule[], message: Rule, more?: Rule): Promise<number[]> {
  const { sent, error } = await node(rules, more).receive(message);
  if (error !== undefined) throw error;
  return [sent[0]].flat().flatMap((output, index) => (output === null ? [] : [index]));
}

const holds = async (rule: Rule, a: unknown, message: Rule = {}) =>
  (await outputsOf([rule], { ...message, a })).length === 1;

describe('rules (contract §9.10)', () => {
  test.each<[Rule, unknown, boolean]>([
    [{ t: 'eq', v: '5', vt: 'str' }, '5', true],
    [{ t: 'eq', v: '5', vt: 'str' }, 5, false],
    [{ t: 'eq', v: '5', vt: 'num' }, 5, true],
    [{ t: 'eq', v: '5', vt: 'num' }, '5', false],
    [{ t: 'eq', v: 'true', vt: 'bool' }, true, false],
    [{ t: 'eq', v: 5 }, 5, true],
    [{ t: 'neq', v: '5', vt: 'num' }, '5', true],
    [{ t: 'neq', v: '5', vt: 'num' }, 5, false],
    [{ t: 'lt', v: '20', vt: 'num' }, 12, true],
    [{ t: 'lt', v: '20', vt: 'num' }, '12', true],
    [{ t: 'lt', v: '20', vt: 'num' }, 20, false],
    [{ t: 'lt', v: '10', vt: 'str' }, '9', false],
    [{ t: 'lt', v: '20', vt: 'num' }, null, true],
    [{ t: 'lt', v: '20', vt: 'num' }, undefined, false],
    [{ t: 'lte', v: '20', vt: 'num' }, 20, true],
    [{ t: 'gt', v: '20', vt: 'num' }, 21, true],
    [{ t: 'gt', v: '20', vt: 'num' }, undefined, false],
    [{ t: 'gte', v: '20', vt: 'num' }, '20', true],
    [{ t: 'btwn', v: '1', vt: 'num', v2: '3', v2t: 'num' }, 1, true],
    [{ t: 'btwn', v: '1', vt: 'num', v2: '3', v2t: 'num' }, 3, true],
    [{ t: 'btwn', v: '3', vt: 'num', v2: '1', v2t: 'num' }, 2, false],
    [{ t: 'cont', v: 'b', vt: 'str' }, 'abc', true],
    [{ t: 'cont', v: '2', vt: 'num' }, 123, true],
    [{ t: 'cont', v: 'x', vt: 'str' }, 'abc', false],
    [{ t: 'regex', v: '^A', vt: 'str', case: true }, 'abc', true],
    [{ t: 'regex', v: '^A', vt: 'str', case: false }, 'abc', false],
    [{ t: 'regex', v: '^A', vt: 'str', case: 'true' }, 'abc', true],
    [{ t: 'regex', v: '^A', vt: 'str', case: 'false' }, 'abc', false],
    [{ t: 'true' }, true, true],
    [{ t: 'true' }, 'true', false],
    [{ t: 'false' }, false, true],
    [{ t: 'false' }, 0, false],
    [{ t: 'null' }, null, true],
    [{ t: 'null' }, undefined, true],
    [{ t: 'null' }, 0, false],
    [{ t: 'nnull' }, 0, true],
    [{ t: 'nnull' }, null, false],
    [{ t: 'else' }, 1, true],
  ])('%j on %j: %s', async (rule, a, expected) => {
    expect(await holds(rule, a)).toBe(expected);
  });

  test.each<[string, unknown, unknown, boolean]>([
    ['eq', '5', '5', true],
    ['eq', 5, '5', true],
    ['eq', '5', 5, false],
    ['eq', 0, '', true],
    ['eq', 0, null, true],
    ['eq', true, true, true],
    ['neq', '5', '5', false],
    ['lt', 3, '5', true],
    ['gte', 1, true, true],
  ])('%s of %j with the message value %j: %s', async (t, a, b, expected) => {
    expect(await holds({ t, v: 'b', vt: 'msg' }, a, { b })).toBe(expected);
  });

  test('an absent message operand is undefined', async () => {
    expect(await holds({ t: 'eq', v: 'b', vt: 'msg' }, undefined)).toBe(true);
    expect(await holds({ t: 'lt', v: 'b', vt: 'msg' }, 1)).toBe(false);
  });
});

describe('outputs', () => {
  test('every matching output gets the message', async () => {
    expect(await outputsOf([{ t: 'gt', v: '1', vt: 'num' }, { t: 'true' }, { t: 'nnull' }], { a: 5 })).toEqual([0, 2]);
  });

  test('exactly the text "false" stops at the first match', async () => {
    const rules = [{ t: 'nnull' }, { t: 'nnull' }];
    expect(await outputsOf(rules, { a: 1 }, { checkall: 'false' })).toEqual([0]);
    expect(await outputsOf(rules, { a: 1 }, { checkall: 'no' })).toEqual([0, 1]);
    expect(await outputsOf(rules, { a: 1 }, { checkall: false })).toEqual([0, 1]);
  });

  test('else looks back to the previous else', async () => {
    const one = { t: 'eq', v: 1, vt: 'num' };
    const two = { t: 'eq', v: 2, vt: 'num' };
    expect(await outputsOf([one, { t: 'else' }, two, { t: 'else' }], { a: 1 })).toEqual([0, 3]);
  });

  test('propertyType num converts', async () => {
    expect(await outputsOf([{ t: 'eq', v: '5', vt: 'num' }], { a: '5' }, { propertyType: 'num' })).toEqual([0]);
  });
});

describe('errors', () => {
  test.each<[string, Rule[], Rule, Rule, RegExp]>([
    ['an unknown rule', [{ t: 'hask', v: 'x' }], { a: 1 }, {}, /Invalid rule type/],
    ['a bad pattern', [{ t: 'regex', v: '(', vt: 'str' }], { a: 1 }, {}, /Invalid regular expression/],
    ['an empty message operand', [{ t: 'eq', v: '', vt: 'msg' }], { a: 1 }, {}, /Unknown property/],
    ['walking through null', [{ t: 'null' }], { a: null }, { property: 'a.b' }, /Unknown property a.b/],
    ['a forbidden path', [{ t: 'null' }], { a: 1 }, { property: 'a.__proto__' }, /forbidden/],
  ])('%s ends the branch', async (_what, rules, message, more, text) => {
    expect(errorText(await node(rules, more).receive(message))).toMatch(text);
  });

  test('fields of the engine cannot be tested', async () => {
    expect(await outputsOf([{ t: 'null' }], { _msgid: 'x' }, { property: '_msgid' })).toEqual([0]);
  });
});
