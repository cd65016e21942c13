/** Runaway loops (contract flows-and-nodes §7). */
import { expect, test } from '@jest/globals';
import type { Handler, Path } from '../src/platform.ts';
import { createBench } from './support/memory-bridge.ts';

const forward: Handler = (message, { send }) => send(message);

test('a runaway ends with one error on a node of it', async () => {
  const bench = createBench({ limits: { roundSteps: 100 } });
  const looping = bench.add('a', [['b']], forward);
  bench.add('b', [['a']], forward);
  const execution = await bench.run(['a'], {});
  expect(bench.errors).toEqual([expect.stringMatching(/^[ab]: Runaway loop/)]);
  expect(execution.errors).toBe(1);
  expect(looping.counters.received).toBeLessThan(60);
});

test('a loop that makes more messages with each lap is stopped as early, with one error', async () => {
  const bench = createBench({ limits: { roundSteps: 100 } });
  const looping = bench.add('a', [['a', 'a', 'a']], forward);
  const execution = await bench.run(['a'], {});
  expect([bench.errors.length, execution.errors]).toEqual([1, 1]);
  expect(looping.counters.sent).toBeLessThan(110);
});

test('many messages in a flow without a circle are no loop', async () => {
  const bench = createBench({ limits: { roundSteps: 100 } });
  bench.add('split', [['b']], (_message, { send }) => send([Array.from({ length: 4000 }, (_, n) => ({ n }))]));
  bench.add('b', [['c', 'd']], forward);
  bench.add('c', [['d']], forward);
  const last = bench.add('d', [], forward);
  const execution = await bench.run(['split'], {});
  expect([last.counters.received, execution.errors]).toEqual([8000, 0]);
});

test('where circles cross, no way slips through', async () => {
  const bench = createBench({ limits: { roundSteps: 100 } });
  const hub = bench.add('a', [['b', 'c', 'd']], forward);
  for (const id of ['b', 'c', 'd']) bench.add(id, [['a']], forward);
  await bench.run(['a'], {});
  expect(bench.errors).toHaveLength(1);
  expect(hub.counters.received).toBeLessThan(200);
});

test('steps without a circle have a limit of their own', async () => {
  const bench = createBench({ limits: { steps: 1000 } });
  const explode: Handler = (_message, { send }) => send([Array.from({ length: 100 }, (_, n) => ({ n }))]);
  bench.add('a', [['b']], explode);
  bench.add('b', [['c']], explode);
  const last = bench.add('c', [], forward);
  const execution = await bench.run(['a'], {});
  expect(bench.errors).toEqual([expect.stringContaining('more than 1000 steps')]);
  expect([execution.errors, last.counters.received]).toEqual([1, 0]);
});

test('how long the process has run makes no difference to them', async () => {
  const bench = createBench({ limits: { steps: 1000, now: () => 1e9 } });
  bench.add('a', [['b']], (_message, { send }) => send([Array.from({ length: 2000 }, () => ({}))]));
  bench.add('b', [], () => undefined);
  await bench.run(['a'], {});
  expect(bench.errors).toHaveLength(1);
});

test('a loop that waits is a clock and may go on', async () => {
  let idle = 0;
  const bench = createBench({ limits: { roundSteps: 100, idle: () => idle } });
  let laps = 0;
  bench.add('clock', [['clock']], (message, { send }) => {
    idle += 100;
    laps++;
    if (laps < 5000) send(message);
  });
  expect((await bench.run(['clock'], {})).errors).toBe(0);
  expect(laps).toBe(5000);
});

test.each([
  ['of a hundred steps a second may go on, though the process is never idle', 10, 5000],
  ['of twice as many ends', 5, 198],
])('a loop %s', async (_, msPerStep, expected) => {
  let now = 0;
  const bench = createBench({ limits: { roundSteps: 100, now: () => now } });
  let laps = 0;
  bench.add('clock', [['clock']], (message, { send }) => {
    now += msPerStep;
    laps++;
    if (laps < 5000) send(message);
  });
  await bench.run(['clock'], {});
  expect(laps).toBe(expected);
});

test('a circle that leads through nodes of Node-RED is one', async () => {
  const bench = createBench({ limits: { roundSteps: 100 } });
  const kit = bench.add('a', [['function']], forward);
  bench.addForeign('function', (execution, message, path) => {
    const onward = path.refusal ? undefined : execution.stepTo('a', path);
    if (!onward) return;
    bench.known.set(message, { execution, path: onward });
    execution.hold();
    setImmediate(() => bench.scheduler.receive(kit, message, execution.source, () => execution.release()));
  });
  const execution = await bench.run(['a'], {});
  expect(kit.counters.received).toBeLessThan(60);
  expect(execution.isOver).toBe(true);
});

test.each([
  ['without a pause is a loop', 0, 102],
  ['with pauses is a clock', 100, 1000],
])('what goes on from one execution to the next %s', async (_, pauseMs, steps) => {
  let idle = 0;
  const bench = createBench({ limits: { roundSteps: 100, idle: () => idle } });
  let execution = await bench.run([], {});
  let path: Path | undefined;
  let made = 0;
  while (!path?.refusal && made < 1000) {
    idle += pauseMs;
    execution = bench.scheduler.follow(execution);
    path = execution.stepTo('a', path);
    made++;
  }
  expect(made).toBe(steps);
});
