import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Registry, startRegistry } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.stop());

const many = <T>(count: number, entry: T): T[] => Array<T>(count).fill(entry);
const refused = (errors: unknown) => ({ status: 400, body: { message: 'failed to parse input', errors } });
const tooManyEntries = refused({ attrs: ['More than 2000 attributes and metadata.'] });
const attribute = { label: 'a', type: 'dynamic', value_type: 'float' };

test.each([
  ['attributes', many(2001, {})],
  ['metadata of one attribute', [{ ...attribute, metadata: many(60_000, {}) }]],
  ['metadata of all attributes', many(3, { ...attribute, metadata: many(1000, {}) })],
])('a template with too many %s is refused with one sentence', async (_case, attrs) => {
  expect(await registry.call('POST', '/template', { label: 't', attrs })).toEqual(tooManyEntries);
});

test.each([
  ['templates', { templates: many(1001, null) }, refused({ templates: ['More than 1000 templates.'] })],
  ['own values', { attrs: many(2001, {}) }, tooManyEntries],
  ['own values of metadata', { attrs: [{ id: 1, template_id: 1, metadata: many(60_000, {}) }] }, tooManyEntries],
])('a device with too many %s is refused with one sentence', async (_case, lists, answer) => {
  const body = { label: 'd', templates: [], ...lists };
  expect(await registry.call('POST', '/device', body)).toEqual(answer);
  expect(await registry.call('POST', '/device?count=2', body)).toEqual(answer);
  expect(await registry.call('PUT', '/device/aa', body)).toEqual(answer);
});

test('the largest template is kept', async () => {
  const metadata = Array.from({ length: 1000 }, (_, index) => ({ ...attribute, label: `m${index}` }));
  const attrs = Array.from({ length: 999 }, (_, index) => ({ ...attribute, label: `a${index}` }));
  const body = { label: 't', attrs: [...attrs, { ...attribute, metadata }] };
  expect(await registry.call('POST', '/template', body)).toMatchObject({ status: 200 });
});

test('an answer names the first hundred errors', async () => {
  const { body } = await registry.call('POST', '/device', { label: 'd', templates: many(1000, null) });
  expect(Object.keys((body as { errors: { templates: object } }).errors.templates)).toHaveLength(100);
  const metadata = many(1000, {});
  const answer = await registry.call('POST', '/template', { label: 't', attrs: [{ ...attribute, metadata }] });
  const { errors } = answer.body as { errors: { metadata: Record<string, object> } };
  expect(Object.values(errors.metadata).flatMap((fields) => Object.keys(fields))).toHaveLength(100);
});
