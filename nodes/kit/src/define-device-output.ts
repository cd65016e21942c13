import { messagePath } from './config.ts';
import { defineNode } from './define-node.ts';
import { readPath } from './message-path.ts';
import type { NodeRed } from './node-red.ts';
import type { PlatformApi } from './platform.ts';
import { targetConfig, targetDevices } from './target-devices.ts';

export interface DeviceOutput {
  readonly type: string;
  readonly publish: (platform: PlatformApi) => PlatformApi['publishAttributes'];
}

/** Targets published to at once: they share a commit. */
const mostAtOnce = 1000;
/** Characters of attributes published at once, unless those of a single target are more: each has its own copy. */
const mostCharactersAtOnce = 4 * 1024 * 1024;

/**
 * Describes a node that sends the attributes found in a message to devices, in order (contract flows-and-nodes §9.3). The
 * hop ends when all of it is durable, or with the first error once nothing is on its way any more.
 */
export function defineDeviceOutput({ type, publish }: DeviceOutput): (RED: NodeRed) => void {
  return defineNode({
    type,
    config: targetConfig.extend({ attrs: messagePath }),
    create(config, { platform }) {
      if (config.attrs.parts.length === 0) throw new Error('Invalid data source: field is mandatory');
      if (platform === undefined) throw new Error('This node works only inside the dojot platform');
      const targetsOf = targetDevices(config);
      const publishTo = publish(platform);
      return async (message, { execution, node }) => {
        const attrs = readPath(message, config.attrs);
        for (const handful of handfuls(targetsOf(execution.source, message), attrs)) {
          await allOf(handful.map((deviceId) => publishTo(execution, node.id, deviceId, attrs)));
        }
      };
    },
  });
}

function* handfuls(targets: readonly string[], attrs: unknown): Iterable<readonly string[]> {
  const size = targets.length === 1 ? 1 : handfulSize(attrs);
  for (let from = 0; from < targets.length; from += size) yield targets.slice(from, from + size);
}

function handfulSize(attrs: unknown): number {
  const characters = JSON.stringify(attrs).length;
  return Math.max(1, Math.min(mostAtOnce, Math.floor(mostCharactersAtOnce / characters)));
}

/** Waits for all, the refused ones too: an event may not end while something of it is on its way. */
async function allOf(publications: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(publications)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
