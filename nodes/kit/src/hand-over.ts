import type { Run, Step } from './execution.ts';
import type { Path } from './path.ts';
import type { Message, NodeBridge, RuntimeNode } from './platform.ts';

/** A message leaves the kit: Node-RED's router takes it from here. The target is looked up now, after any deploy. */
export class HandOver implements Step {
  readonly #bridge: NodeBridge;
  readonly #run: Run;
  readonly #from: RuntimeNode;
  readonly #targetId: string;
  readonly #message: Message;
  readonly #path: Path;

  constructor(bridge: NodeBridge, run: Run, from: RuntimeNode, targetId: string, message: Message, path: Path) {
    this.#bridge = bridge;
    this.#run = run;
    this.#from = from;
    this.#targetId = targetId;
    this.#message = message;
    this.#path = path;
  }

  begin(): undefined {
    try {
      const target = this.#bridge.resolve(this.#from, this.#targetId);
      if (target !== undefined) this.#bridge.handOver(this.#run, target, this.#message, this.#path);
    } catch (error) {
      this.#run.countError();
      this.#from.error(error, this.#message);
    }
  }
}
