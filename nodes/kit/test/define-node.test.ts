import { describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { defineNode, flag, messagePath, readPath, text, texts } from '../src/index.ts';
import { build, errorText } from './support/fake-node-red.ts';

const doubling = defineNode({
  type: 'double',
  config: z.object({ from: messagePath, times: z.coerce.number().min(1).default(2) }),
  create:
    ({ from, times }) =>
    (message, { send }) => {
      send({ ...message, result: Number(readPath(message, from)) * times });
    },
});

describe('defineNode', () => {
  test('a handler sends through Node-RED where there is no platform', async () => {
    const { sent, error } = await build(doubling, { from: 'payload', times: '3' }).receive({ payload: 2 });
    expect([sent, error]).toEqual([[{ payload: 2, result: 6 }], undefined]);
  });

  test('a wrong configuration shows on the node and makes every message an error', async () => {
    const wrong = build(doubling, { from: 'payload', times: 0 });
    expect(wrong.node.statuses).toEqual([expect.objectContaining({ fill: 'red', shape: 'ring' })]);
    expect(errorText(await wrong.receive({ payload: 1 }))).toMatch('times');
  });

  test('what create throws is a wrong configuration', async () => {
    const broken = defineNode({
      type: 'broken',
      config: z.object({}),
      create: () => {
        throw new Error('cannot be');
      },
    });
    expect(errorText(await build(broken, {}).receive({}))).toBe('cannot be');
  });

  test('the light shows an error, changes at most once a second and goes out after a success', async () => {
    jest.useFakeTimers();
    const { node, receive } = build(doubling, { from: 'payload' });
    await receive({});
    await receive({ payload: 1 });
    await receive({});
    await receive({ payload: 1 });
    expect(node.statuses).toEqual([{ fill: 'red', shape: 'ring', text: 'Unknown property payload requested' }]);
    jest.advanceTimersByTime(1000);
    expect(node.statuses.at(-1)).toEqual({});
    node.close();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

describe('lenient configuration (contract §5)', () => {
  const config = z.object({ name: text('none'), on: flag, ids: texts });

  test('numbers arrive as text and the reverse', () => {
    expect(config.parse({ name: 6, on: 'false', ids: 'x' })).toEqual({ name: '6', on: false, ids: ['x'] });
    expect(config.parse({ on: 1, ids: [1, null] })).toEqual({ name: 'none', on: true, ids: ['1', ''] });
  });
});
