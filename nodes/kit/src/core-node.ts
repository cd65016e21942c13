import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NodeContext } from './define-node.ts';
import type { InputListener, NodeConstructor, NodeRed, NodeRedNode } from './node-red.ts';
import type { Handler, Message } from './platform.ts';

/**
 * The handler of Node-RED's own implementation of a node, for what the fast implementation does not cover. The core node
 * is built around a stand-in for our node, so that everything it sends and every error it reports comes back to the kit.
 *
 * @param file path below Node-RED's core nodes, `function/15-change.js`
 */
export function coreHandler({ RED, node, raw }: NodeContext, file: string): Handler {
  const constructNode = loadCore(RED, file);
  let listener: InputListener | undefined;
  const rejections = new WeakMap<Message, (error: Error) => void>();
  const report = (error: unknown, message?: Message) => {
    const reject = message && rejections.get(message);
    if (reject === undefined) throw asError(error);
    reject(asError(error));
  };
  const standIn: NodeRedNode = Object.create(node, {
    context: { value: () => node.context() },
    error: { value: report },
    on: {
      value: (event: string, callback: InputListener) => {
        if (event === 'input') listener = callback;
      },
    },
  });
  // The core node completes the rules of its configuration in place.
  constructNode.call(standIn, structuredClone(raw));

  return (message, { send }) =>
    new Promise<void>((resolve, reject) => {
      rejections.set(message, reject);
      const done = (error?: unknown) => (error === undefined ? resolve() : reject(asError(error)));
      if (listener === undefined) throw new Error('This configuration is not valid');
      listener.call(standIn, message, send, done);
    });
}

function loadCore(RED: NodeRed, file: string): NodeConstructor {
  const { coreNodesDir } = RED.settings;
  if (coreNodesDir === undefined) throw new Error("Node-RED's core nodes were not found");
  let captured: NodeConstructor | undefined;
  const api = {
    ...RED,
    nodes: {
      ...RED.nodes,
      createNode: () => undefined,
      registerType: (_type: string, construct: NodeConstructor) => {
        captured = construct;
      },
    },
    library: { register: () => undefined },
  };
  const require = createRequire(join(coreNodesDir, 'package.json'));
  require(`./core/${file}`)(api);
  if (captured === undefined) throw new Error(`Node-RED's ${file} registers no node`);
  return captured;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
