import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../kit/src/index.ts';
import { build, errorText } from '../../kit/test/support/fake-node-red.ts';
import { createFakePlatform } from '../../kit/test/support/fake-platform.ts';
import multiActuate from '../src/multi-actuate.ts';

const configured = { device_source: 'configured', devices_source_configured: ['x', 'y', 'x'], attrs: 'output' };

async function publish(config: Record<string, unknown>, message: Message) {
  const platform = createFakePlatform();
  const result = await build(multiActuate, { wires: [], ...config }, platform.api).receive(message);
  return { published: platform.published, error: errorText(result) };
}

describe('multi actuate (contract §9.4)', () => {
  test('sends the values once to each distinct target, in order', async () => {
    const { published, error } = await publish(configured, { output: { t: 5, none: null, deep: { a: [1] } } });
    expect(error).toBeUndefined();
    expect(published).toEqual(
      ['x', 'y'].map((deviceId) => ({ kind: 'actuation', deviceId, attrs: { t: 5, none: null, deep: { a: [1] } } })),
    );
  });

  test('sends what is found, an object or not', async () => {
    expect((await publish(configured, { output: 7 })).published[0]).toMatchObject({ attrs: 7 });
  });

  test.each([
    ['no path', { ...configured, attrs: '' }, 'Invalid data source: field is mandatory'],
    ['an absent path', { ...configured, attrs: 'missing' }, 'Unknown property missing requested'],
    ['no target', { attrs: 'output' }, 'Could not define target devices'],
  ])('%s is an error and nothing is sent', async (_what, config, text) => {
    expect(await publish(config, { output: {} })).toEqual({ published: [], error: text });
  });
});
