import { defineDeviceOutput } from '@dojot/node-kit';

/** Publishes new attribute values of devices on the platform (contract flows-and-nodes §9.3). */
export default defineDeviceOutput({
  type: 'multi device out',
  publish: (platform) => platform.publishAttributes.bind(platform),
});
