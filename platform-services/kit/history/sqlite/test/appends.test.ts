import { expect, test } from '@jest/globals';
import type { Entry } from '../../history-store.ts';
import { appends, type SendPack } from '../appends.ts';

/** A worker that takes nothing until it is told to. */
function slowWorker() {
  const packs: Parameters<SendPack>[] = [];
  const answers: { resolve(): void; reject(error: Error): void }[] = [];
  const points = appends((...pack) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    packs.push(pack);
    answers.push({ resolve, reject });
    return promise;
  });
  return { points, packs, answers };
}

const entry = (value: number): Entry => {
  return { points: [{ tenant: 'a', deviceId: 'd', attribute: 't', time: 1, value }] };
};
const position = (partition: number, offset = 1) => ({ topic: 'a.device-data', partition, offset });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is added in one turn of the event loop travels together, in order', async () => {
  const { points, packs, answers } = slowWorker();
  const first = points.add([entry(1), entry(2)], position(0));
  const second = points.add([entry(3)], position(1));
  await turn();
  const third = points.add([entry(4)], position(0, 2));
  await turn();
  expect(packs.map(([{ numbers }, positions]) => [[...numbers], positions])).toEqual([
    [
      [1, 2, 3],
      [position(0), position(1)],
    ],
    [[4], [position(0, 2)]],
  ]);
  for (const { resolve } of answers) resolve();
  await Promise.all([first, second, third]);
});

test('a pack that is refused is refused to all whose points are in it, and to nobody else', async () => {
  const { points, answers } = slowWorker();
  const together = [points.add([entry(1)], position(0)), points.add([entry(2)], position(1))];
  const outcomes = Promise.allSettled(together);
  await turn();
  const later = points.add([entry(3)], position(2));
  await turn();
  answers[0]?.reject(new Error('full'));
  answers[1]?.resolve();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await later;
});

test('is settled when everything added so far was taken or refused', async () => {
  const { points, answers } = slowWorker();
  const refused = points.add([entry(1)], position(0)).catch(() => undefined);
  let isSettled = false;
  const settled = points.settled().then(() => {
    isSettled = true;
  });
  await turn();
  await turn();
  expect(isSettled).toBe(false);
  answers[0]?.reject(new Error('full'));
  await settled;
  await refused;
});
