import type { NodeRed } from './node-red.ts';
import type { PlatformApi } from './platform.ts';

/** What the plugin `dojot-platform` publishes; undefined in a Node-RED that is not part of the platform. */
export function platformOf(RED: Pick<NodeRed, 'plugins'>): PlatformApi | undefined {
  const plugin = RED.plugins.get('dojot-platform');
  return isPlatformPlugin(plugin) ? plugin.api : undefined;
}

function isPlatformPlugin(plugin: unknown): plugin is { api: PlatformApi } {
  return typeof plugin === 'object' && plugin !== null && 'api' in plugin && plugin.api !== undefined;
}
