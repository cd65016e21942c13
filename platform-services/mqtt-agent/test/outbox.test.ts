import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../kit/clock.ts';
import { createBudgets } from '../budgets.ts';
import { identityOf } from '../identity.ts';
import { createOutbox } from '../outbox.ts';

/** Takes nothing until it is told to. */
function slowSocket() {
  const taken: (() => void)[] = [];
  const socket = new Duplex({
    writableHighWaterMark: 1,
    read: () => undefined,
    write: (_chunk, _encoding, done) => void taken.push(done),
  });
  return { socket, takeOne: () => taken.shift()?.() };
}

test('messages for a device that does not read wait for one event, and go on one by one', async () => {
  const { socket, takeOne } = slowSocket();
  let sent = 0;
  const outbox = createOutbox({
    identity: identityOf('admin', 'efac'),
    budgets: createBudgets({
      maxQueuedPerDevice: 1000,
      maxQueuedBytesPerDevice: 1e6,
      maxQueuedPerTenant: 1000,
      maxQueuedBytesPerTenant: 1e6,
    }),
    readPayloads: undefined,
    window: 20,
    maxOnline: 1000,
    maxOffline: 1000,
    retryMs: 0,
    clock: systemClock,
    onSent: () => {
      sent += 1;
    },
    onDropped: () => undefined,
    onGivenUp: () => undefined,
    onUnreadable: () => undefined,
  });
  outbox.attach(socket);
  for (let id = 0; id < 100; id += 1) outbox.push({ id: String(id), payload: '{}', bytes: 2, qos: 0 });
  expect(socket.listenerCount('drain')).toBe(1);
  for (let step = 2; step <= 10; step += 1) {
    takeOne();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(step);
    expect(socket.listenerCount('drain')).toBe(1);
  }
  socket.destroy();
});
