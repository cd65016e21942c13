import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Registry, startStockedRegistry } from './support/registry.ts';

let registry: Registry;
beforeEach(async () => {
  registry = await startStockedRegistry();
});
afterEach(() => registry.stop());

const ordinary = (status: number, message: unknown) => ({ status, body: { message, status } });
const create = (body: unknown, query = 'verbose=true') => registry.call('POST', `/device?${query}`, body);

describe('commands', () => {
  beforeEach(async () => {
    await create({ id: 'aa', label: 'a', templates: [1] });
    registry.bus.published.length = 0;
  });

  test('are on the bus before they are answered; other keys travel along', async () => {
    const answer = await registry.call(
      'PUT',
      '/device/aa/actuate',
      { attrs: { valve: true }, why: 1, id: 'x' },
      {
        contentType: 'text/plain',
      },
    );
    const sent = 'configuration sent to device';
    expect(answer).toEqual({ status: 200, body: { ' status': sent, status: sent } });
    expect(registry.events()).toEqual([
      {
        event: 'configure',
        data: { attrs: { valve: true }, why: 1, id: 'aa' },
        meta: { service: 'acme', timestamp: Date.parse('2024-03-01T09:15:42.120Z') },
      },
    ]);
  });

  test('to anything but actuators are refused as a whole', async () => {
    const attrs = { valve: true, moisture: 1, nothing: 2 };
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs })).toEqual({
      status: 403,
      body: { status: 'some of the attributes are not configurable', attrs: ['moisture', 'nothing'] },
    });
    expect(registry.events()).toEqual([]);
  });

  test('to `__proto__` are refused like those to any attribute that is no actuator', async () => {
    const body = Buffer.from('{"attrs":{"valve":true,"__proto__":"x"}}');
    expect(await registry.call('PUT', '/device/aa/actuate', body)).toEqual({
      status: 403,
      body: { status: 'some of the attributes are not configurable', attrs: ['__proto__'] },
    });
    expect(registry.events()).toEqual([]);
  });

  test('answer 404, 400 and 503 where they must', async () => {
    expect(await registry.call('PUT', '/device/ff/actuate', { attrs: {} })).toEqual(
      ordinary(404, 'No such device: ff'),
    );
    expect(await registry.call('PUT', '/device/aa/actuate', Buffer.from('{'))).toMatchObject({ status: 400 });
    expect(await registry.call('PUT', '/device/aa/actuate', {})).toMatchObject({ status: 400 });
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs: [1] })).toMatchObject({ status: 400 });
    const deep = Buffer.from(`{"attrs":{"valve":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`);
    expect(await registry.call('PUT', '/device/aa/actuate', deep)).toMatchObject({ status: 400 });
    registry.bus.available = false;
    expect(await registry.call('PUT', '/device/aa/actuate', { attrs: { valve: 1 } })).toMatchObject({ status: 503 });
  });
});
