import { expect, test } from '@jest/globals';
import { defineDeviceOutput } from '../src/define-device-output.ts';
import type { PlatformApi } from '../src/index.ts';
import { build, errorText, type Result } from './support/fake-node-red.ts';
import { createFakePlatform } from './support/fake-platform.ts';

interface Underway {
  readonly deviceId: string;
  readonly end: (error?: Error) => void;
}

/** A node under test whose publications end when the test says so. */
function receive(targets: readonly string[], attrs: unknown = 1) {
  const underway: Underway[] = [];
  const publish: PlatformApi['publishAttributes'] = (_execution, _nodeId, deviceId) =>
    new Promise((resolve, reject) =>
      underway.push({ deviceId, end: (error) => (error === undefined ? resolve() : reject(error)) }),
    );
  const node = build(
    defineDeviceOutput({ type: 'output', publish: () => publish }),
    { device_source: 'dynamic', devices_source_dynamic: 'to', attrs: 'attrs', wires: [] },
    createFakePlatform().api,
  );
  const state: { result?: Result } = {};
  const over = node.receive({ to: targets, attrs }).then((result) => {
    state.result = result;
    return result;
  });
  return { underway, state, over };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `d${index}`);
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('all targets are on their way together, in order, and the hop ends when the last one is durable', async () => {
  const { underway, state, over } = receive(ids(500));
  expect(underway.map(({ deviceId }) => deviceId)).toEqual(ids(500));
  for (const { end } of underway.slice(1)) end();
  await nextTurn();
  expect(state.result).toBeUndefined();
  underway[0]?.end();
  expect(errorText(await over)).toBeUndefined();
});

test('large values go out in handfuls, so that no fan-out fills the memory', async () => {
  const { underway, over } = receive(ids(5), 'x'.repeat(2_000_000));
  const handfuls: number[] = [];
  for (let ended = 0; ended < 5; ) {
    handfuls.push(underway.length - ended);
    for (const { end } of underway.slice(ended)) end();
    ended = underway.length;
    await nextTurn();
  }
  expect(handfuls).toEqual([2, 2, 1]);
  expect(underway.map(({ deviceId }) => deviceId)).toEqual(ids(5));
  expect(errorText(await over)).toBeUndefined();
});

test('a refusal ends the hop once nothing is on its way, and no further handful begins', async () => {
  const { underway, state, over } = receive(ids(5), 'x'.repeat(2_000_000));
  const begun = [...underway];
  expect(begun).toHaveLength(2);
  begun[0]?.end(new Error('refused'));
  await nextTurn();
  expect(state.result).toBeUndefined();
  for (const { end } of begun.slice(1)) end();
  expect(errorText(await over)).toBe('refused');
  expect(underway).toEqual(begun);
});
