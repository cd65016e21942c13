import { defineTrigger, flag, text } from '@dojot/node-kit';
import { z } from 'zod';

const config = z.object({
  template_id: text(),
  event_create: flag,
  event_update: flag,
  event_remove: flag,
  event_configure: flag,
  event_publish: flag,
});

/** Begins a run for events of every device with a template (contract flows-and-nodes §9.2). */
export default defineTrigger({
  type: 'event template in',
  config,
  matches: (chosen) => (event, _deviceId, templates) =>
    chosen[`event_${event}`] && templates.includes(chosen.template_id),
});
