import { describe, expect, test } from '@jest/globals';
import { rawMember, shapeOf } from '../raw-json.ts';

describe('the raw text of a member', () => {
  test.each<[string, string]>([
    ['{"flow":[]}', '[]'],
    [' {\n "a" : 1 , "flow" : [ 1,\t{"x":"]}"} ] , "b":{}} ', '[ 1,\t{"x":"]}"} ]'],
    ['{"flow":[1],"flow":[2 ]}', '[2 ]'],
    ['{"fl\\u006fw":[1.0e2]}', '[1.0e2]'],
    ['{"a":{"flow":[1]},"flow":"\\"\\\\"}', '"\\"\\\\"'],
    ['{"a":"\\\\","flow":-1.5E+3}', '-1.5E+3'],
    ['{"flow":null}', 'null'],
    ['{"a\\"":[["\\\\\\""]],"flow":["{[\\u005d"]}', '["{[\\u005d"]'],
  ])('of %s', (text, expected) => {
    expect(rawMember(text, 'flow')).toBe(expected);
    expect(JSON.parse(expected)).toEqual(JSON.parse(text).flow);
  });

  test.each(['{}', '[{"flow":1}]', '"flow"', '{"a":{"flow":1}}'])('is absent in %s', (text) => {
    expect(rawMember(text, 'flow')).toBeUndefined();
  });
});

test('nesting and parts are counted outside strings and without recursion', () => {
  expect(shapeOf('{"a":[[{}]],"b":"[[,[[["}')).toEqual({ depth: 4, parts: 5 });
  expect(shapeOf('"never ends [')).toEqual({ depth: 0, parts: 0 });
  expect(shapeOf('['.repeat(1_000_000)).depth).toBe(1_000_000);
});
