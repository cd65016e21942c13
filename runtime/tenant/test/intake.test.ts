import type { Execution } from '@dojot/node-kit';
import { createScheduler } from '@dojot/node-kit';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DeviceFacts } from '../../protocol/calls.ts';
import { createIntake, type Intake } from '../intake.ts';
import { Refusal } from '../supervisor-link.ts';

const leaseMs = 1000;
let now: number;
let intake: Intake;
/** Answers of the registry that are owed. */
let owed: { resolve: (facts: DeviceFacts | undefined) => void; reject: (error: Error) => void }[];
/** Executions begun, held until the test releases them. */
let begun: Execution[];
/** What ended: event id and whether its lease ran out. */
let ended: [id: number, expired: boolean][];
let lines: string[];
/** A device that the registry is asked for at each event. */
let isKnown: boolean;
/** Whether this turn of the event loop has been long enough. */
let isLate: boolean;

const facts: DeviceFacts = { templates: [], statics: {} };
const soon = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  now = 0;
  owed = [];
  begun = [];
  ended = [];
  lines = [];
  isKnown = false;
  isLate = false;
  intake = createIntake({
    tenant: 'admin',
    devices: {
      learn: () => (isKnown ? facts : new Promise((resolve, reject) => owed.push({ resolve, reject }))),
      forget: () => undefined,
    },
    triggers: {
      add: () => () => undefined,
      reorder: () => undefined,
      select: () => [
        {
          nodeId: 'trigger',
          matches: () => true,
          fire(execution) {
            execution.hold();
            begun.push(execution);
          },
        },
      ],
    },
    scheduler: createScheduler({
      resolve: () => undefined,
      placeOf: () => undefined,
      within: (_place, show) => show(),
      handOver: () => undefined,
    }),
    turns: { hasTime: () => !isLate, later: (act) => void setImmediate(act) },
    log: { say: (_level, text) => void lines.push(text), nodeRed: () => undefined },
    leaseMs,
    now: () => now,
    idleTime: () => 0,
    ended: (id, expired) => void ended.push([id, expired]),
    whereabouts: () => 'somewhere',
  });
});

function take(id: number, deviceid = 'd'): void {
  const value = JSON.stringify({ metadata: { deviceid, tenant: 'admin' }, attrs: { n: id } });
  intake.take({ id, topic: 'admin.device-data', partition: 0, offset: id, value });
}

function expire(): void {
  now += leaseMs;
  intake.sweep();
}

test('one event of a device begins when the one before has ended', () => {
  isKnown = true;
  take(1);
  take(2);
  expect([begun.length, ended]).toEqual([1, []]);
  begun[0]?.release();
  expect([begun.length, ended]).toEqual([2, [[1, false]]]);
});

test('events whose devices were asked for go on in turns, however many answers come at once', async () => {
  for (const n of [1, 2, 3]) take(n, `d${n}`);
  isLate = true;
  for (const { resolve } of owed) resolve(facts);
  await soon();
  expect(begun).toHaveLength(0);
  isLate = false;
  await soon();
  expect(begun).toHaveLength(3);
});

describe('an event of which all that is left only waits', () => {
  beforeEach(() => {
    isKnown = true;
  });

  test('lets the next of its device begin, and ends when it goes on', () => {
    take(1);
    take(2);
    begun[0]?.park();
    expect([begun.length, ended]).toEqual([2, []]);
    take(3);
    expect(begun).toHaveLength(2);
    begun[0]?.unpark();
    begun[0]?.release();
    expect([begun.length, ended]).toEqual([2, [[1, false]]]);
    begun[1]?.release();
    expect([begun.length, ended.length, intake.active()]).toEqual([3, 2, 1]);
  });

  test('keeps the order of its device when it ends after a pause without events', () => {
    take(1);
    begun[0]?.park();
    take(2);
    begun[0]?.unpark();
    begun[0]?.release();
    take(3);
    expect(begun).toHaveLength(2);
  });

  test('is given up when its lease runs out', () => {
    take(1);
    begun[0]?.park();
    take(2);
    begun[1]?.release();
    expire();
    expect(ended).toEqual([
      [2, false],
      [1, true],
    ]);
  });
});

describe('when the registry answers after the lease', () => {
  test('the event does not run any more', async () => {
    take(1);
    expire();
    owed[0]?.resolve(facts);
    await soon();
    expect([begun, ended, intake.active()]).toEqual([[], [[1, true]], 0]);
  });

  test('an error is no news any more, either', async () => {
    take(1);
    expire();
    owed[0]?.reject(new Error('no registry'));
    await soon();
    expect(lines).toEqual([expect.stringContaining('asking for the device')]);
  });

  test('the next events of the device keep their order', async () => {
    take(1);
    expire();
    isKnown = true;
    take(2);
    owed[0]?.resolve(facts);
    await soon();
    take(3);
    expect(begun).toHaveLength(1);
    begun[0]?.release();
    expect(begun).toHaveLength(2);
  });
});

const refusal = (status: number) => new Refusal({ code: 'X', status, message: 'no' });

test('an event whose device can never be asked for ends, and the next begins', async () => {
  take(1);
  take(2);
  owed[0]?.reject(refusal(400));
  await soon();
  expect([ended, owed.length]).toEqual([[[1, false]], 2]);
});

describe('while the registry is out of order', () => {
  test('an event waits, and runs once it is back', async () => {
    take(1);
    owed[0]?.reject(refusal(500));
    await soon();
    expect([ended, owed.length]).toEqual([[], 1]);
    intake.sweep();
    owed[1]?.resolve(facts);
    await soon();
    expect([begun.length, owed.length]).toEqual([1, 2]);
  });

  test('an event waits no longer than its lease', async () => {
    take(1);
    owed[0]?.reject(refusal(500));
    await soon();
    expire();
    intake.sweep();
    expect([ended, owed.length]).toEqual([[[1, true]], 1]);
  });
});
