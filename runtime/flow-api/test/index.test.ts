import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isPlatformError } from '../../../platform-services/kit/errors.ts';
import type { ApiResponse } from '../../../platform-services/kit/http/route.ts';
import type { FlowStore } from '../../flow-store/flow-store.ts';
import { greenhouse } from '../../flow-store/test/support/flows.ts';
import { type Bench, openBench } from '../../flow-store/test/support/stores.ts';
import type { NodeCounters } from '../../protocol/messages.ts';
import { flowApi } from '../index.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

interface Call {
  readonly body?: string | Buffer;
  readonly tenant?: string;
  readonly flows?: FlowStore;
}

/** What nodes of the tenant admin did, by editor id. */
const counted = new Map<string, NodeCounters>();
const counters = (tenant: string) => (tenant === 'admin' ? counted : new Map<string, NodeCounters>());

/** As the gateway does it: finds the route, calls it, renders what it throws. */
async function call(method: string, path: string, { body = '', tenant = 'admin', flows = bench.flows }: Call = {}) {
  const group = flowApi({ flows, counters });
  const [, pattern, id = '', part = ''] = /^(.*\/flow)(?:\/([^/]+)(\/counters)?)?$/.exec(path) ?? [];
  const template = id === '' ? pattern : `${pattern}/{id}${part}`;
  const route = group.routes.find(({ endpoint }) => endpoint.path === template && endpoint.method === method);
  if (!route) throw new Error(`no route for ${method} ${path}`);
  const identity = { tenant, username: 'ann', userId: 1 };
  const sent = { query: new URLSearchParams(), rawQuery: '', headers: {}, clientAddress: '127.0.0.1' };
  const request = { identity, method, params: { id }, ...sent };
  try {
    return shown(await route.handler({ ...request, body: Buffer.from(body), requestId: 'r' }));
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return shown(group.renderError(error));
  }
}

function shown({ status, body }: ApiResponse) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, text, json: JSON.parse(text) };
}

const pots = `{"name":"pots","flow":${greenhouse}}`;
const root = '/flows/v1/flow';

describe('the flow API', () => {
  test('creates, shows, lists and removes a flow in the bodies of the contract', async () => {
    const created = await call('post', root, { body: pots });
    const { flow } = created.json;
    expect(created).toMatchObject({ status: 200, json: { message: 'ok', flow: { name: 'pots', enabled: true } } });
    expect(Object.keys(flow)).toEqual(['name', 'enabled', 'id', 'flow', 'created', 'updated']);
    expect(created.text).toContain(`"flow":${greenhouse},"created"`);
    expect((await call('get', `${root}/${flow.id}`)).text).toBe(created.text);
    expect((await call('get', root)).text).toContain(`"flow":${greenhouse},"created"`);
    expect((await call('get', root)).json).toEqual({ flows: [flow] });
    expect((await call('delete', `${root}/${flow.id}`)).json).toEqual({ message: 'flow removed', flow });
    expect((await call('get', root)).text).toBe('{"flows":[]}');
    expect(await call('delete', root)).toMatchObject({ status: 200, json: { message: 'All flows removed' } });
  });

  test('serves the same without its prefix', async () => {
    await call('post', '/v1/flow', { body: pots });
    expect((await call('get', '/v1/flow')).text).toBe((await call('get', root)).text);
    expect(flowApi({ flows: bench.flows, counters }).prefixes).toEqual(['flows', 'v1']);
  });

  test('counts what each node did, under the ids of the flow', async () => {
    const { flow } = (await call('post', root, { body: pots })).json;
    const [first, second] = (await bench.flows.nodes('admin', flow.id)) ?? [];
    counted.set(String(second?.editorId), { received: 5, sent: 3, errors: 2 });
    const { status, json } = await call('get', `${root}/${flow.id}/counters`);
    expect(status).toBe(200);
    expect(json.nodes.slice(0, 2)).toEqual([
      { id: first?.id, type: first?.type, received: 0, sent: 0, errors: 0 },
      { id: second?.id, type: second?.type, received: 5, sent: 3, errors: 2 },
    ]);
    const ids = JSON.parse(greenhouse).flatMap(({ id, type }: Record<string, string>) => (type === 'tab' ? [] : [id]));
    expect(json.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect((await call('get', `${root}/${flow.id}/counters`, { tenant: 'other' })).status).toBe(404);
  });

  test('ignores id and times of the client and takes null for an enabled flow', async () => {
    const body = '{"id":"x","created":1,"updated":1,"name":"n","enabled":null,"flow":[]}';
    const { flow } = (await call('post', root, { body })).json;
    expect(flow.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(flow).toMatchObject({ enabled: true, flow: [] });
    expect(flow.created).toBeGreaterThan(1);
  });

  test.each([
    ['{}', 'Missing mandatory field: name'],
    ['{"flow":[]}', 'Missing mandatory field: name'],
    ['{"name":""}', 'Missing mandatory field: flow'],
    ['{"name":"","flow":[]}', 'Given flow is invalid'],
    ['{"name":5,"flow":[]}', 'Given flow is invalid'],
    ['{"name":"n","flow":{}}', 'Given flow is invalid'],
    ['{"name":"n","flow":null}', 'Given flow is invalid'],
    ['{"name":"n","flow":[{"id":"a"}]}', 'Given flow is invalid'],
    ['{"name":"n","flow":[[]]}', 'Given flow is invalid'],
    ['{"name":"n","flow":[],"enabled":"true"}', 'Given flow is invalid'],
    ['{"name":"n","flow":[],"enabled":1}', 'Given flow is invalid'],
    ['{"name":"n","flow":[{"type":"device template in"}]}', 'Given flow is invalid'],
    ['{"name":', 'The body is not a JSON object: it cannot be parsed'],
    ['[]', 'The body is not a JSON object: it is something else'],
    ['', 'The body is not a JSON object: it cannot be parsed'],
  ])('refuses to create from %s', async (body, message) => {
    expect(await call('post', root, { body })).toMatchObject({ status: 400, json: { message } });
    expect(await bench.flows.list('admin')).toEqual([]);
  });

  test('refuses nesting that would exhaust a stack, and bytes that are no text', async () => {
    const bomb = `{"name":"n","flow":[{"type":"a","b":${'['.repeat(400_000)}${']'.repeat(400_000)}}]}`;
    expect((await call('post', root, { body: bomb })).status).toBe(400);
    expect((await call('post', root, { body: Buffer.from([0x7b, 0xff, 0x7d]) })).status).toBe(400);
  });

  test('says where a flow is wrong', async () => {
    const body = '{"name":"n","flow":[{"type":"tab"},{"id":"a"}]}';
    expect((await call('post', root, { body })).json.reason).toBe('flow.1.type: has no type');
  });

  test('accepts unknown types, dangling wires and any property name', async () => {
    const flow = '[{"id":"a","type":"email","a.b":{"$c":1.50},"__proto__":{"x":1},"wires":[["gone"]]}]';
    const { status, text } = await call('post', root, { body: `{"name":"n","flow":${flow}}` });
    expect(status).toBe(200);
    expect(text).toContain(`"flow":${flow},`);
  });

  test('changes what is given and leaves the rest', async () => {
    const { flow } = (await call('post', root, { body: pots })).json;
    const put = async (body: string) => (await call('put', `${root}/${flow.id}`, { body })).json.flow;
    expect(await put('{"name":"","enabled":null}')).toMatchObject({ ...flow, updated: expect.any(Number) });
    const off = await put('{"enabled":false}');
    expect(off).toEqual({ ...flow, enabled: false, updated: off.updated });
    expect(off.updated).toBeGreaterThan(flow.updated);
    expect(await put('{"name":"b","flow":[ ]}')).toMatchObject({ name: 'b', enabled: false, flow: [] });
  });

  test.each(['{"flow":{}}', '{"flow":[{}]}', '{"enabled":"no"}', '{"name":7}'])(
    'refuses the change %s',
    async (body) => {
      const { flow } = (await call('post', root, { body: pots })).json;
      const answer = await call('put', `${root}/${flow.id}`, { body });
      expect(answer).toMatchObject({ status: 400, json: { message: 'Given flow is invalid' } });
      expect((await call('get', `${root}/${flow.id}`)).json.flow).toEqual(flow);
    },
  );

  test.each(['get', 'put', 'delete'])(
    '%s of an unknown or foreign flow says so, before it looks at the body',
    async (method) => {
      const { flow } = (await call('post', root, { body: pots })).json;
      const answer = await call(method, `${root}/${flow.id}`, { tenant: 'other', body: '{' });
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ message: `Unknown flow: ${flow.id}`, flow: flow.id });
    },
  );

  test('takes a flow of ten megabytes', async () => {
    const flow = `[{"id":"a","type":"template","template":"${'x'.repeat(10_000_000)}","wires":[]}]`;
    const { json, text } = await call('post', root, { body: `{"name":"big","flow":${flow}}` });
    expect(text).toContain(flow);
    expect((await (await bench.another()).get('admin', json.flow.id))?.source === flow).toBe(true);
  });

  test.each([
    ['elements', `[${'{"type":"a"},'.repeat(5000)}{"type":"a"}]`],
    ['values', `[{"type":"a","list":[${'[],'.repeat(80_000)}[]]}]`],
    ['properties', JSON.stringify([{ type: 'a', ...Array.from({ length: 250 }, () => 0) }])],
  ])('refuses a flow of too many %s and says so', async (what, flow) => {
    const { flow: small } = (await call('post', root, { body: pots })).json;
    const refusal = { status: 400, json: { message: 'Given flow is invalid', reason: expect.stringContaining(what) } };
    expect(await call('post', root, { body: `{"name":"big","flow":${flow}}` })).toMatchObject(refusal);
    expect(await call('put', `${root}/${small.id}`, { body: `{"flow":${flow}}` })).toMatchObject(refusal);
    expect((await call('get', root)).json).toEqual({ flows: [small] });
  });

  test('takes only so much in a while, and lets go of flows all the same', async () => {
    const text = 'x'.repeat(8 * 1024 * 1024);
    const put = (id: string, n: number) =>
      call('put', `${root}/${id}`, { body: `{"flow":[{"type":"comment","info":"${n}${text}"}]}` });
    const { flow } = (await call('post', root, { body: pots })).json;
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await put(flow.id, n)).status);
    expect(statuses.slice(0, 11)).toEqual(Array(11).fill(200));
    expect(await put(flow.id, 12)).toMatchObject({
      status: 429,
      json: { message: expect.stringMatching(/Too much was saved/) },
    });
    expect((await call('post', root, { body: pots, tenant: 'other' })).status).toBe(200);
    expect((await call('delete', `${root}/${flow.id}`)).status).toBe(200);
  });

  test('refuses an empty tenant', async () => {
    const answer = await call('get', root, { tenant: '' });
    expect(answer).toMatchObject({ status: 400, json: { message: 'Invalid tenant id supplied' } });
  });

  test('says which operation failed, and nothing else', async () => {
    const broken: FlowStore = { ...bench.flows, list: async () => Promise.reject(new Error('secret detail')) };
    expect(await call('get', root, { flows: broken })).toMatchObject({
      status: 500,
      text: '{"message":"Failed to list flows"}',
    });
  });

  test('answers an unknown path in JSON', () => {
    const { notFound, renderError } = flowApi({ flows: bench.flows, counters });
    expect(renderError(notFound('/flows/x'))).toEqual({ status: 404, body: { message: 'Unknown path: /flows/x' } });
  });
});
