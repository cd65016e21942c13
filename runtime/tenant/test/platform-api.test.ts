import { createScheduler, type Execution } from '@dojot/node-kit';
import { beforeEach, expect, test } from '@jest/globals';
import type { Call } from '../../protocol/calls.ts';
import { BusEvent } from '../bus-event.ts';
import { createPlatformApi } from '../platform-api.ts';
import { createRunawayGuard } from '../runaway.ts';
import { createTriggers } from '../triggers.ts';

let now = 0;
let event: BusEvent;
/** What the supervisor was asked, and the answers it still owes. */
let asked: Call[];
let answers: { resolve: (value: unknown) => void; reject: (error: Error) => void }[];

beforeEach(() => {
  now = 0;
  asked = [];
  answers = [];
  const descent = { topic: 'admin.device-data', partition: 0, offset: 7, path: '', generation: 4 };
  event = new BusEvent({ tenant: 'admin', deviceId: 'd1' }, descent, 0);
});

const scheduler = createScheduler({
  resolve: () => undefined,
  placeOf: () => undefined,
  within: (_place, show) => show(),
  handOver: () => undefined,
});

const api = createPlatformApi({
  tenant: 'admin',
  scheduler,
  triggers: createTriggers(),
  supervisor: {
    call(call) {
      asked.push(call);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
  },
  runaway: createRunawayGuard(() => now),
  idleTime: () => now,
  flowIdOf: () => undefined,
});

const begin = () => scheduler.begin(event, () => undefined);
const publish = (execution: Execution, deviceId = 'd2') => api.publishAttributes(execution, 'n1', deviceId, { t: 1 });
const generations = () => asked.map((call) => (call.name === 'publish' ? call.generation : undefined));

test('what is published at once is told apart by ordinals in the order of the calls', async () => {
  const execution = begin();
  const published = Promise.all(['a', 'b', 'c'].map((deviceId) => publish(execution, deviceId)));
  expect(asked).toMatchObject(
    ['a', 'b', 'c'].map((deviceId, ordinal) => ({ deviceId, origin: expect.stringContaining(`n1.${ordinal}`) })),
  );
  for (const { resolve } of answers) resolve(undefined);
  await published;
});

test('publications that wait at the same time count as one wait, so that a pause stays a pause', async () => {
  const execution = begin();
  const published = Array.from({ length: 50 }, () => publish(execution));
  now = 90;
  for (const { resolve } of answers) resolve(undefined);
  await Promise.all(published);
  // 90 ms of waiting for the platform and 100 ms of the flow's own.
  now = 190;
  void publish(execution);
  expect(generations()).toEqual([...Array.from({ length: 50 }, () => 5), 1]);
});

test('while a publication is on its way no time of the flow passes', async () => {
  const execution = begin();
  const first = publish(execution);
  now = 500;
  const second = publish(execution);
  expect(generations()).toEqual([5, 5]);
  for (const { reject } of answers) reject(new Error('refused'));
  await Promise.allSettled([first, second]);
  void publish(execution);
  expect(generations()).toEqual([5, 5, 5]);
});

test('an event that is over publishes nothing more: a repeat of it could not be recognised', async () => {
  const execution = begin();
  scheduler.seal(execution);
  await expect(publish(execution)).rejects.toThrow('The event is over');
  expect(asked).toEqual([]);
});
