import type { z } from 'zod';
import { explain } from './config.ts';
import { attach, type MessageForm } from './kit-node.ts';
import type { NodeRed, NodeRedNode, RawConfig } from './node-red.ts';
import type { Handler, PlatformApi } from './platform.ts';
import { platformOf } from './platform-of.ts';
import { shortText } from './status-light.ts';

/** What a node may use while it is created. */
export interface NodeContext {
  readonly RED: NodeRed;
  readonly node: NodeRedNode;
  /** The configuration as it stands in the flow. */
  readonly raw: RawConfig;
  /** Undefined in a Node-RED that is not part of the platform. */
  readonly platform: PlatformApi | undefined;
}

export interface NodeDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly config: Schema;
  /** The form of the messages this node sends; `json` unless given. */
  readonly form?: (config: z.output<Schema>) => MessageForm;
  /** Prepares the work on messages. What it throws is a wrong configuration, shown on the node. */
  create(config: z.output<Schema>, context: NodeContext): Handler;
}

/**
 * Describes a node to Node-RED. The kit owns registration, parsing of the configuration, delivery, errors, status, time
 * limit, counters and clean-up. A node with a wrong configuration stays: it says so, and every message ends there with
 * that error.
 */
export function defineNode<Schema extends z.ZodType>(definition: NodeDefinition<Schema>): (RED: NodeRed) => void {
  return (RED) =>
    RED.nodes.registerType(definition.type, function (raw) {
      RED.nodes.createNode(this, raw);
      const context: NodeContext = { RED, node: this, raw, platform: platformOf(RED) };
      const { handle, form } = prepare(definition, context);
      attach(RED, this, context.platform, handle, form);
    });
}

function prepare<Schema extends z.ZodType>(
  { config, create, form }: NodeDefinition<Schema>,
  context: NodeContext,
): { handle: Handler; form: MessageForm } {
  const parsed = config.safeParse(context.raw);
  if (!parsed.success) return { handle: refuseAll(context.node, new Error(explain(parsed.error))), form: 'json' };
  const chosenForm = form?.(parsed.data) ?? 'json';
  try {
    return { handle: create(parsed.data, context), form: chosenForm };
  } catch (error) {
    return { handle: refuseAll(context.node, error), form: chosenForm };
  }
}

/** Shows a wrong configuration on the node and ends every branch that reaches it. */
export function refuseAll(node: NodeRedNode, error: unknown): Handler {
  node.status({ fill: 'red', shape: 'ring', text: shortText(error) });
  return () => {
    throw error;
  };
}
