import { isJson, jsonCopy } from './json-copy.ts';
import type { NodeRed, NodeRedNode } from './node-red.ts';
import type { Handler, KitNode, Message, PlatformApi } from './platform.ts';
import { runStandAlone } from './stand-alone.ts';
import { createStatusLight } from './status-light.ts';

/**
 * `json`: messages are JSON, as dojot's are (contract flows-and-nodes §7). `values`: binary, dates and other values that
 * Node-RED's nodes put into messages stay what they are.
 */
export type MessageForm = 'json' | 'values';

/** Makes a Node-RED node one of the kit's: delivery, counters, light and clean-up around a handler. */
export function attach(
  RED: NodeRed,
  node: NodeRedNode,
  platform: PlatformApi | undefined,
  handle: Handler,
  form: MessageForm,
): void {
  const light = createStatusLight(node);
  const kit: KitNode = {
    node,
    handle,
    counters: { received: 0, sent: 0, errors: 0 },
    accept: form === 'json' ? asJson : (message) => message,
    copy:
      form === 'json' ? jsonCopy : (message) => (isJson(message) ? jsonCopy(message) : RED.util.cloneMessage(message)),
    hopEnded: light.show,
    completion: {
      isWatched: () => node._flow.completeNodeMap?.[node.id] !== undefined,
      tell: (message) => node._flow.handleComplete(node, message),
    },
  };
  const unregister = platform?.scheduler.register(kit);
  node.on('input', (message, send, done) => {
    if (platform === undefined) return runStandAlone(kit, message, send, done);
    platform.scheduler.receive(kit, message, { tenant: platform.tenant, deviceId: '' }, done);
  });
  node.on('close', () => {
    unregister?.();
    light.stop();
  });
}

/** Nodes of Node-RED may have put dates, binary and the like into the message. */
function asJson(message: Message): Message {
  return isJson(message) ? message : jsonCopy(message);
}
