/** The Node-RED plugin through which nodes find the platform: `RED.plugins.get('dojot-platform').api`. */
import type { PlatformApi } from '@dojot/node-kit';

interface PluginApi {
  readonly plugins: { registerPlugin(id: string, plugin: { type: string; api: PlatformApi }): void };
  readonly settings: { readonly platform: PlatformApi };
}

export default function (RED: PluginApi): void {
  RED.plugins.registerPlugin('dojot-platform', { type: 'dojot-platform', api: RED.settings.platform });
}
