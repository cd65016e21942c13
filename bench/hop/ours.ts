/**
 * Our side, a process of its own: the same flow with our nodes and scheduler, every message an execution that is tracked to
 * its end, counters on. Messages are fired in groups of the number the stock side has in flight.
 */
import { fileURLToPath } from 'node:url';
import {
  createScheduler,
  type NodeBridge,
  type PlatformApi,
  type RuntimeNode,
  type Trigger,
} from '../../nodes/kit/dist/index.js';
import { reading, referenceFlow } from './flow.ts';
import { benchNodes, messagesInFlight, report } from './measure.ts';
import { startRuntime } from './runtime.ts';

interface FlowNode extends RuntimeNode {
  readonly _flow: { getNode(id: string): RuntimeNode | undefined };
}

const isFlowNode = (node: RuntimeNode): node is FlowNode => '_flow' in node;
const unused = (): never => {
  throw new Error('not part of this flow');
};

const bridge: NodeBridge = {
  resolve: (from, id) => (isFlowNode(from) ? from._flow.getNode(id) : undefined),
  placeOf: () => undefined,
  within: unused,
  handOver: unused,
};
const scheduler = createScheduler(bridge);
const triggers: Trigger[] = [];
const platform: PlatformApi = {
  tenant: 'bench',
  scheduler,
  addTrigger: (trigger) => {
    triggers.push(trigger);
    return () => undefined;
  },
  flowIdOf: () => undefined,
  publishAttributes: unused,
  actuate: unused,
};

const packages = ['switch', 'change', 'template', 'event-device-in'];
const source = { type: 'event device in', device_id: 'b41c07', event_publish: true };
const runtime = await startRuntime(referenceFlow(source, { type: 'bench kit sink' }), {
  platform,
  nodesDir: [benchNodes, ...packages.map((name) => fileURLToPath(new URL(`../../nodes/${name}`, import.meta.url)))],
  nodesIncludes: [...packages, 'nodes'],
});

let count = 0;
let isRunning = true;
const ended = () => {
  count++;
};
function fireGroup(): void {
  for (let i = 0; i < messagesInFlight; i++) {
    const execution = scheduler.begin({ tenant: 'bench', deviceId: 'b41c07', timestamp: 1_700_000_000_000 }, ended);
    for (const trigger of triggers) {
      if (trigger.matches('publish', 'b41c07', [])) trigger.fire(execution, reading(20));
    }
    scheduler.seal(execution);
  }
  if (isRunning) setImmediate(fireGroup);
}
fireGroup();
await report(() => count);
isRunning = false;
checkCounters();
await runtime.stop();

/** A flow that loses messages would be fast, too. */
function checkCounters(): void {
  for (const { node, counters } of scheduler.kitNodes()) {
    if (counters.received !== count || counters.errors > 0) throw new Error(`${node.id} lost messages`);
  }
}
