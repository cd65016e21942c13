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
const position = (partition: number, offset = 1, tenant = 'a') => ({
  topic: `${tenant}.device-data`,
  partition,
  offset,
});
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

test('while the head is full a tenant that floods waits, in order, and the others do not', async () => {
  const { points, packs, answers } = slowWorker();
  points.setFull(true);
  const text: Entry = {
    points: [{ tenant: 'a', deviceId: 'd', attribute: 't', time: 1, value: 'x'.repeat(3 * 1024 * 1024) }],
  };
  const flood = [1, 2, 3].map((offset) => points.add([offset === 2 ? text : entry(offset)], position(0, offset)));
  flood.push(points.add([text], position(1, 4)), points.add([entry(5)], position(1, 5)));
  const other = points.add([entry(6)], position(0, 6, 'b'));
  await turn();
  const taken = () => packs.flatMap(([, positions]) => positions.map(({ offset }) => offset));
  expect(taken()).toEqual([1, 2, 3, 6]);
  answers[0]?.resolve();
  await other;
  points.setFull(false);
  await turn();
  await turn();
  expect(taken()).toEqual([1, 2, 3, 6, 4, 5]);
  answers[1]?.resolve();
  await Promise.all(flood);
});

test('while the head is full there is room for a tenant that has said nothing, whoever else floods', async () => {
  const { points, packs } = slowWorker();
  points.setFull(true);
  const text: Entry = { points: [{ tenant: 'a', deviceId: 'd', attribute: 't', time: 1, value: 'x'.repeat(100_000) }] };
  for (let tenant = 0; tenant < 30; tenant += 1) {
    for (let n = 0; n < 50; n += 1) void points.add([text], position(0, n, `t${tenant}`));
  }
  void points.add([entry(1)], position(0, 1, 'quiet'));
  await turn();
  const letters = packs.flatMap(([{ texts }]) => texts).reduce((sum, value) => sum + value.length, 0);
  expect(letters).toBeLessThan(32 * 1024 * 1024);
  expect(packs[0]?.[1].at(-1)).toEqual(position(0, 1, 'quiet'));
});
