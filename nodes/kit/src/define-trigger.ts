import type { z } from 'zod';
import { explain } from './config.ts';
import { refuseAll } from './define-node.ts';
import { attach } from './kit-node.ts';
import type { NodeRed } from './node-red.ts';
import type { Trigger } from './platform.ts';
import { platformOf } from './platform-of.ts';

export interface TriggerDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly config: Schema;
  /** Says which events begin a run at this node (contract flows-and-nodes §6.3). */
  matches(config: z.output<Schema>): Trigger['matches'];
}

/** Describes a node without input that begins a run when a bus event matches. */
export function defineTrigger<Schema extends z.ZodType>(definition: TriggerDefinition<Schema>): (RED: NodeRed) => void {
  return (RED) =>
    RED.nodes.registerType(definition.type, function (raw) {
      RED.nodes.createNode(this, raw);
      const platform = platformOf(RED);
      attach(RED, this, platform, refuseInput, 'json');
      const parsed = definition.config.safeParse(raw);
      if (!parsed.success) {
        refuseAll(this, new Error(explain(parsed.error)));
        return;
      }
      if (platform === undefined) {
        refuseAll(this, new Error('This node works only inside the dojot platform'));
        return;
      }
      const matches = definition.matches(parsed.data);
      const removeTrigger = platform.addTrigger({
        nodeId: this.id,
        // Without wires it is not a trigger (§5); a deploy may change the wires of a living node.
        matches: (...event) => this.wires.some((targets) => targets.length > 0) && matches(...event),
        fire: (execution, message) => platform.scheduler.fire(execution, this, message),
      });
      this.on('close', removeTrigger);
    });
}

function refuseInput(): never {
  throw new Error('This node has no input');
}
