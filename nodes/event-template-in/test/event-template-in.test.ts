import { describe, expect, test } from '@jest/globals';
import { build } from '../../kit/test/support/fake-node-red.ts';
import { createFakePlatform } from '../../kit/test/support/fake-platform.ts';
import eventTemplateIn from '../src/event-template-in.ts';

const events = ['create', 'update', 'remove', 'configure', 'publish'] as const;

describe('event template in (contract §9.2, §6.3)', () => {
  test.each(events)('fires for %s of a device with the template, and for nothing else', (event) => {
    const platform = createFakePlatform();
    build(eventTemplateIn, { template_id: '31', [`event_${event}`]: true }, platform.api);
    expect(events.filter((other) => platform.matching(other, 'd', ['7', '31']) === 1)).toEqual([event]);
    expect(platform.matching(event, 'd', ['7'])).toBe(0);
  });

  test('a numeric template id matches', () => {
    const platform = createFakePlatform();
    build(eventTemplateIn, { template_id: 31, event_publish: 1 }, platform.api);
    expect(platform.matching('publish', 'd', ['31'])).toBe(1);
  });
});
