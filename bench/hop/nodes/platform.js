/** What the plugin of the tenant process does: publishes the capabilities of the platform to the nodes. */
export default function publishPlatform(RED) {
  RED.plugins.registerPlugin('dojot-platform', { type: 'dojot-platform', api: RED.settings.platform });
}
