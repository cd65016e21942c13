/** The stock side, a process of its own: Node-RED with its own nodes, a closed loop with a fixed number in flight. */
import { reading, referenceFlow } from './flow.ts';
import { benchNodes, messagesInFlight, report } from './measure.ts';
import { startRuntime } from './runtime.ts';

const bench = {
  source: { send: (_message: object): void => undefined },
  count: 0,
  arrived: () => {
    bench.count++;
    bench.source.send(reading(20));
  },
};
const runtime = await startRuntime(referenceFlow({ type: 'bench source' }, { type: 'bench sink' }), {
  bench,
  nodesDir: [benchNodes],
  nodesIncludes: ['10-switch.js', '15-change.js', '80-template.js', 'nodes'],
});
for (let i = 0; i < messagesInFlight; i++) bench.source.send(reading(20));
await report(() => bench.count);
bench.arrived = () => undefined;
await runtime.stop();
