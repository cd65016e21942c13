import { expect, test } from '@jest/globals';
import { BusEvent } from '../bus-event.ts';

const descent = { topic: 'admin.device-data', partition: 3, offset: 42, path: '', generation: 0 };

test('each thing a node publishes for an event has an origin of its own', () => {
  const event = new BusEvent({ tenant: 'admin', deviceId: 'd' }, descent, 0);
  expect(['a', 'a', 'b', 'a'].map((nodeId) => event.nextOrigin(nodeId))).toEqual(
    ['a.0', 'a.1', 'b.0', 'a.2'].map((step) => `admin.device-data/3/42/${step}`),
  );
});
