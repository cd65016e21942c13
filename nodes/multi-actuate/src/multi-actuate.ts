import { defineDeviceOutput } from '@dojot/node-kit';

/** Sends attribute values to the devices themselves (contract flows-and-nodes §9.4). */
export default defineDeviceOutput({
  type: 'multi actuate',
  publish: (platform) => platform.actuate.bind(platform),
});
