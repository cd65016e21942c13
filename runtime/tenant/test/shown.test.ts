import { createScheduler, type Message } from '@dojot/node-kit';
import { expect, test } from '@jest/globals';
import { createAckTracker } from '../ack-tracker.ts';

const ignore = () => undefined;

test('only what is sent while a message is shown belongs to its event', () => {
  const tracker = createAckTracker({
    hooks: { add: ignore, remove: ignore },
    meters: { received: ignore, sent: ignore, failed: ignore, changes: () => ({}) },
    turns: { isFree: () => true, hasTime: () => true, later: ignore },
    follow: (execution) => execution,
    now: () => 0,
    newId: () => 'id',
  });
  const execution = createScheduler(tracker).begin({ tenant: 'admin', deviceId: 'd' }, ignore);
  const newMessage = (): Message => ({});
  tracker.within({ execution, path: undefined }, () => {
    expect(tracker.placeOf(newMessage())?.execution).toBe(execution);
  });
  expect(tracker.placeOf(newMessage())).toBeUndefined();
});
