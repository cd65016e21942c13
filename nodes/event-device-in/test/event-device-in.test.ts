import { describe, expect, test } from '@jest/globals';
import { build } from '../../kit/test/support/fake-node-red.ts';
import { createFakePlatform, fire } from '../../kit/test/support/fake-platform.ts';
import eventDeviceIn from '../src/event-device-in.ts';

describe('event device in (contract §9.1, §6.3)', () => {
  test('fires for its device and the events that are on', () => {
    const platform = createFakePlatform();
    build(eventDeviceIn, { device_id: 'b41c07', event_publish: true, event_configure: 'false' }, platform.api);
    expect(platform.matching('publish', 'b41c07')).toBe(1);
    expect(platform.matching('publish', 'efac01')).toBe(0);
    expect(platform.matching('configure', 'b41c07')).toBe(0);
  });

  test('compares ids as text and takes flags as text', () => {
    const platform = createFakePlatform();
    build(eventDeviceIn, { device_id: 77, event_publish: 'true' }, platform.api);
    expect(platform.matching('publish', '77')).toBe(1);
  });

  test('knows events that are set by hand', () => {
    const platform = createFakePlatform();
    build(eventDeviceIn, { device_id: 'b41c07', event_update: true }, platform.api);
    expect(platform.matching('update', 'b41c07')).toBe(1);
    expect(platform.matching('publish', 'b41c07')).toBe(0);
  });

  test('sends the first message to each wire as a copy of its own', async () => {
    const platform = createFakePlatform();
    const config = { device_id: 'b41c07', event_publish: true, wires: [['a', 'b']] };
    build(eventDeviceIn, config, platform.api);
    const [trigger] = platform.triggers;
    if (trigger === undefined) throw new Error('no trigger');
    await fire(platform, trigger, { tenant: 'admin', deviceId: 'b41c07' }, { payload: { event: 'publish' } });
    expect(platform.outside).toEqual([
      { id: 'a', message: { payload: { event: 'publish' } } },
      { id: 'b', message: { payload: { event: 'publish' } } },
    ]);
    expect(platform.outside[0]?.message).not.toBe(platform.outside[1]?.message);
  });

  test('is no trigger without wires, nor after it was closed', () => {
    const platform = createFakePlatform();
    const config = { device_id: 'b41c07', event_publish: true };
    build(eventDeviceIn, { ...config, wires: [[]] }, platform.api);
    const closed = build(eventDeviceIn, config, platform.api);
    closed.node.close();
    expect(platform.matching('publish', 'b41c07')).toBe(0);
  });

  test('says that it needs the platform', () => {
    const { node } = build(eventDeviceIn, { device_id: 'b41c07', event_publish: true });
    expect(node.statuses).toEqual([
      { fill: 'red', shape: 'ring', text: 'This node works only inside the dojot platform' },
    ]);
  });
});
