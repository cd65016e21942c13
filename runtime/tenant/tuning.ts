/** What is changed in Node-RED itself, without a fork: three functions of its shared objects, and how they run scripts. */
import { Script } from 'node:vm';
import registry from '@node-red/registry';
import Node from '@node-red/runtime/lib/nodes/Node.js';
import type { AckTracker } from './ack-tracker.ts';
import { nameStrangeErrors } from './function-errors.ts';
import { watchFirstRuns } from './function-watch.ts';

/** Called once, before the flows start. `functionLimit`: longest time a call of a Function node may take, s. */
export function tuneNodeRed(tracker: Pick<AckTracker, 'errorReported'>, functionLimit: number): void {
  // Every hop would build and emit three metric events, also when nobody wants them (a tenth of the time of a flow).
  Node.prototype.metric = () => false;

  const { error } = Node.prototype;
  Node.prototype.error = function (text, message) {
    tracker.errorReported(this, text, message);
    error.call(this, text, message);
  };

  // A Function node that names a module which is not there would keep all flows from starting. Modules are never
  // installed here (`functionExternalModules: false`): such a node fails by itself.
  registry.checkFlowDependencies = async () => undefined;

  // As Node-RED calculates it.
  watchFirstRuns(Script.prototype, functionLimit * 1000);
  nameStrangeErrors(Script.prototype);
}
