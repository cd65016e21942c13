import { describe, expect, test } from '@jest/globals';
import { build, errorText } from '../../kit/test/support/fake-node-red.ts';
import templateNode from '../src/template.ts';

type Config = Record<string, unknown>;

const build_ = (config: Config) => build(templateNode, { semantics: 'dojot', field: 'out', output: 'str', ...config });

async function rendered(template: string, message: Config, syntax = 'handlebars', output = 'str'): Promise<unknown> {
  const { sent, error } = await build_({ template, syntax, output }).receive(message);
  if (error !== undefined) throw error;
  return Reflect.get(Object(sent[0]), 'out');
}

describe('handlebars (contract §9.11)', () => {
  test.each<[string, Config, string]>([
    ['{{payload.data.attrs.t}}', { payload: { data: { attrs: { t: 5 } } } }, '5'],
    ['{{msg.payload}}', { payload: 1 }, ''],
    ['{{a}}', { a: `&<>"'\`=` }, '&amp;&lt;&gt;&quot;&#x27;&#x60;&#x3D;'],
    ['{{{a}}}{{&a}}', { a: '<"' }, '<"<"'],
    ['[{{a}}{{b}}{{c}}]', { a: null, b: undefined }, '[]'],
    ['{{a}} {{b}}', { a: 0, b: false }, '0 false'],
    ['{{a}} {{b}}', { a: { x: 1 }, b: [1, 2] }, '[object Object] 1,2'],
    ['{{a.toString}}{{a.constructor.name}}', { a: {} }, ''],
    ['{{#if a}}yes{{else}}no{{/if}}{{#unless a}}!{{/unless}}', { a: 1 }, 'yes'],
    [
      '{{#each list}}{{this}};{{/each}}{{#with o}}{{x}}{{/with}}{{lookup list 1}}',
      { list: [1, 2], o: { x: 3 } },
      '1;2;32',
    ],
    ['{{list.[1]}}', { list: ['a', 'b'] }, 'b'],
    ['{{{stringify payload}}}', { payload: { a: '"' } }, '{"a":"\\""}'],
    ['{{{parseAndSelect text "k"}}}', { text: '{"k":{"a":1}}' }, '{"a":1}}'],
    ['{{x}} }', { x: 1 }, '1 }'],
    ['{{_msgid}}', { _msgid: 'internal' }, ''],
  ])('%s of %j', async (template, message, expected) => {
    expect(await rendered(template, message)).toBe(expected);
  });

  test.each(['{{list.1}}', '{"a":{{x}}}', '{{unknown 1}}'])('%s is an error', async (template) => {
    expect(errorText(await build_({ template, syntax: 'handlebars' }).receive({ x: 1, list: [] }))).toBeDefined();
  });

  test('payloadMetadata tells tenant and device, and is not left in the message', async () => {
    const { sent } = await build_({ template: '{{payloadMetadata.tenant}}.', syntax: 'handlebars' }).receive({ a: 1 });
    expect(sent).toEqual([{ a: 1, out: '.' }]);
  });
});

describe('other formats', () => {
  test.each<[string, Config, string]>([
    ['{{a}}', { a: `&<>"'/\`=` }, '&amp;&lt;&gt;&quot;&#39;&#x2F;&#x60;&#x3D;'],
    ['{{list.1}}', { list: ['a', 'b'] }, 'b'],
    ['{{#list}}{{.}};{{/list}}', { list: [1, 2] }, '1;2;'],
    ['{{msg.payload}}{{_msgid}}', { payload: 1, _msgid: 'x' }, ''],
  ])('mustache: %s of %j', async (template, message, expected) => {
    expect(await rendered(template, message, 'mustache')).toBe(expected);
  });

  test('plain copies the text', async () => {
    expect(await rendered('{{a}}', { a: 1 }, 'plain')).toBe('{{a}}');
  });

  test('json parses the result; what does not parse is an error', async () => {
    expect(await rendered('{"a":{{a}} }', { a: 1 }, 'handlebars', 'json')).toEqual({ a: 1 });
    expect(await rendered('[1]', {}, 'plain', 'json')).toEqual([1]);
    expect(errorText(await build_({ template: 'x', syntax: 'plain', output: 'json' }).receive({}))).toMatch('JSON');
  });

  test.each([{ syntax: 'other' }, {}])('%j is a configuration error', async (config) => {
    expect(errorText(await build_({ template: 'x', ...config }).receive({}))).toBe('configuration error');
  });
});
