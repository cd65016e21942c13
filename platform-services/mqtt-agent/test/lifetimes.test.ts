import { expect, jest, test } from '@jest/globals';
import type { Client } from 'aedes';
import { identityOf } from '../identity.ts';
import { createLifetimes } from '../lifetimes.ts';

test('a connection that comes in while the agent stops is closed at once and leaves no timer', () => {
  jest.useFakeTimers();
  try {
    const lifetimes = createLifetimes({ lifetimeMs: 1_800_000, maxPerDevice: 20 });
    const close = jest.fn();
    lifetimes.clear();
    lifetimes.begin({ close } as Partial<Client> as Client, identityOf('admin', 'a1'));
    expect(close).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
