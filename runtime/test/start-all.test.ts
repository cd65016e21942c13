import { expect, test } from '@jest/globals';
import { startAll, stopAll } from '../start-all.ts';

function part(name: string, told: string[], fails: 'start' | 'stop' | 'never' = 'never') {
  const does = (what: 'start' | 'stop') => async () => {
    told.push(`${what} ${name}`);
    if (fails === what) throw new Error(`${name} cannot ${what}`);
  };
  return { start: does('start'), stop: does('stop') };
}

test('parts start in order and stop in reverse, also twice', async () => {
  const told: string[] = [];
  const stop = await startAll([part('a', told), part('b', told)]);
  await stop();
  await stop();
  expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a', 'stop b', 'stop a']);
});

test('when one cannot start, those before it are stopped', async () => {
  const told: string[] = [];
  await expect(startAll([part('a', told), part('b', told, 'start'), part('c', told)])).rejects.toThrow(
    'b cannot start',
  );
  expect(told).toEqual(['start a', 'start b', 'stop a']);
});

test('one that cannot stop does not keep the others from it', async () => {
  const told: string[] = [];
  await expect(stopAll([part('a', told), part('b', told, 'stop')])).rejects.toThrow('b cannot stop');
  expect(told).toEqual(['stop b', 'stop a']);
});
