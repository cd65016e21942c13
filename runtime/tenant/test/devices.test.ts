import { describe, expect, test } from '@jest/globals';
import type { DeviceFacts } from '../../protocol/calls.ts';
import { createDevices } from '../devices.ts';
import type { DeviceEvent } from '../envelope.ts';

const facts = (template: string): DeviceFacts => ({ templates: [template], statics: {} });
const event = (kind: DeviceEvent['event'], known?: DeviceFacts): DeviceEvent => ({
  ...{ event: kind, deviceId: 'd', source: { tenant: 'admin', deviceId: 'd' }, facts: known },
  envelope: () => ({ metadata: {}, event: kind, data: {} }),
});

/** Devices whose registry answers when told to. */
function registry() {
  const asked: ((answer: DeviceFacts | undefined) => void)[] = [];
  const devices = createDevices({ call: () => new Promise((resolve) => asked.push(resolve)) });
  return { devices, asked };
}

test('a device is asked for once and known from then on', async () => {
  const { devices, asked } = registry();
  const first = devices.learn(event('publish'));
  asked[0]?.(facts('1'));
  expect(await first).toEqual(facts('1'));
  expect(devices.learn(event('publish'))).toEqual(facts('1'));
});

test('an event that says what the device is now is believed', () => {
  const { devices } = registry();
  devices.learn(event('create', facts('1')));
  devices.learn(event('update', facts('2')));
  expect(devices.learn(event('publish'))).toEqual(facts('2'));
});

test('an update that does not say what the device is now makes it be asked for', async () => {
  const { devices, asked } = registry();
  devices.learn(event('create', facts('1')));
  const learnt = devices.learn(event('update'));
  asked[0]?.(facts('2'));
  expect(await learnt).toEqual(facts('2'));
});

describe('an answer that comes late', () => {
  test('is no match for what an event said meanwhile', async () => {
    const { devices, asked } = registry();
    const first = devices.learn(event('publish'));
    devices.learn(event('update', facts('2')));
    asked[0]?.(facts('1'));
    expect(await first).toEqual(facts('2'));
    expect(devices.learn(event('publish'))).toEqual(facts('2'));
  });

  test('does not bring back a device that was removed', async () => {
    const { devices, asked } = registry();
    const first = devices.learn(event('publish'));
    devices.learn(event('remove'));
    asked[0]?.(facts('1'));
    await first;
    expect(devices.learn(event('publish'))).toBeInstanceOf(Promise);
  });

  test('is not kept when all was forgotten meanwhile', async () => {
    const { devices, asked } = registry();
    const first = devices.learn(event('publish'));
    devices.forget();
    asked[0]?.(facts('1'));
    expect(await first).toEqual(facts('1'));
    expect(devices.learn(event('publish'))).toBeInstanceOf(Promise);
  });
});

test('what was forgotten is asked for again', () => {
  const { devices } = registry();
  devices.learn(event('create', facts('1')));
  devices.forget();
  expect(devices.learn(event('publish'))).toBeInstanceOf(Promise);
});
