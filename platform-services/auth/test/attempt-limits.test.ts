import { expect, test } from '@jest/globals';
import { type AttemptLimits, attemptLimits } from '../attempt-limits.ts';

const minute = 60_000;
const key = (name: string, factor = 1) => ({ name, factor });
const fail = async (limits: AttemptLimits, name: string) => (await limits.begin([key(name)])).failed();

test('holds the limit of the hour beyond that of the minute', async () => {
  const time = { now: 0 };
  const limits = attemptLimits({ now: () => time.now }, { perMinute: 5, perHour: 8 });
  for (let attempt = 0; attempt < 8; attempt += 1) {
    time.now += minute;
    await fail(limits, 'address a');
  }
  time.now += minute;
  await expect(limits.begin([key('address a')])).rejects.toMatchObject({
    status: 429,
    detail: { retryAfter: 52 * 60 },
  });
  await limits.begin([key('address b')]);
  time.now += 52 * minute;
  await limits.begin([key('address a')]);
});

test('counts no success', async () => {
  const limits = attemptLimits({ now: () => 0 }, { perMinute: 1, perHour: 1 });
  (await limits.begin([key('user a')])).passed();
  await fail(limits, 'user a');
  await expect(limits.begin([key('user a')])).rejects.toMatchObject({ status: 429 });
});

test('lets attempts made at the same time wait for each other, and refuses what is too many failures', async () => {
  const limits = attemptLimits({ now: () => 0 }, { perMinute: 2, perHour: 2 });
  const first = await limits.begin([key('a')]);
  const second = await limits.begin([key('a')]);
  const third = limits.begin([key('a')]);
  const fourth = limits.begin([key('a')]);
  first.passed();
  const begun = await third;
  second.failed();
  begun.failed();
  await expect(fourth).rejects.toMatchObject({ status: 429 });
});

test('gives a key more where it may have more', async () => {
  const limits = attemptLimits({ now: () => 0 }, { perMinute: 1, perHour: 1 });
  for (let guess = 0; guess < 3; guess += 1) (await limits.begin([key('user', 3)])).failed();
  await expect(limits.begin([key('user', 3)])).rejects.toMatchObject({ status: 429 });
});

test('remembers so many keys and no more', async () => {
  const limits = attemptLimits({ now: () => 0 }, { perMinute: 1, perHour: 1, mostKeys: 2 });
  for (const name of ['a', 'b', 'c']) await fail(limits, name);
  await expect(limits.begin([key('b')])).rejects.toMatchObject({ status: 429 });
  await limits.begin([key('a')]);
});
