import { defineTrigger, flag, text } from '@dojot/node-kit';
import { z } from 'zod';

const config = z.object({
  device_id: text(),
  event_publish: flag,
  event_configure: flag,
  // Not in the form, but understood when set by hand (contract flows-and-nodes §6.3).
  event_create: flag,
  event_update: flag,
  event_remove: flag,
});

/** Begins a run for events of one device (contract flows-and-nodes §9.1). */
export default defineTrigger({
  type: 'event device in',
  config,
  matches: (chosen) => (event, deviceId) => deviceId === chosen.device_id && chosen[`event_${event}`],
});
