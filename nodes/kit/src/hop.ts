import type { Run, Step } from './execution.ts';
import { HandOver } from './hand-over.ts';
import type { Path } from './path.ts';
import type { Hop, Message, NodeBridge, Output, RuntimeNode } from './platform.ts';
import { withinLimit } from './time-limit.ts';
import type { Link, Station, Wiring } from './wiring.ts';

/** What every hop of a scheduler shares. */
export interface Track {
  readonly bridge: NodeBridge;
  readonly wiring: Wiring;
  readonly timeLimitMs: number;
}

type Done = (error?: unknown) => void;

/** One kit node working on one message; what it sends becomes the next steps of the same execution. */
export class KitHop implements Step, Hop {
  readonly execution: Run;
  readonly node: RuntimeNode;
  readonly #track: Track;
  readonly #station: Station;
  readonly #message: Message;
  readonly #path: Path | undefined;
  readonly #done: Done | undefined;
  #isOver = false;
  #isForwarded = false;

  /** `path`: undefined where it is not known. */
  constructor(track: Track, run: Run, station: Station, message: Message, path: Path | undefined, done?: Done) {
    this.execution = run;
    this.node = station.kit.node;
    this.#track = track;
    this.#station = station;
    this.#message = message;
    this.#path = path;
    this.#done = done;
  }

  begin(): Promise<void> | undefined {
    const { kit } = this.#station;
    const path = this.#path;
    if (path !== undefined && (path.refusal !== undefined || !this.execution.enter(path))) {
      this.#refuse(path.refusal);
      return undefined;
    }
    kit.counters.received++;
    try {
      const pending = kit.handle(this.#message, this);
      if (pending === undefined) this.#succeed();
      else return this.#follow(pending);
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  readonly send = (outputs: Message | readonly Output[]): void => {
    // A late result is ignored: the branch has ended already (contract §7 "time limit").
    if (this.#isOver) return;
    const links = this.#track.wiring.links(this.#station);
    if (!isList(outputs)) {
      this.#sendTo(links[0], outputs);
      return;
    }
    for (let i = 0; i < links.length && i < outputs.length; i++) this.#sendTo(links[i], outputs[i]);
  };

  #sendTo(links: readonly Link[] | undefined, output: Output): void {
    if (links === undefined || output === null || output === undefined) return;
    for (const link of links) {
      if (!isList(output)) this.#deliver(link, output);
      else for (const message of output) this.#deliver(link, message);
    }
  }

  #deliver(link: Link, message: Message): void {
    const path = this.execution.stepTo(typeof link === 'string' ? link : link.kit.node.id, this.#path);
    if (path === undefined) return;
    this.#station.kit.counters.sent++;
    const own = this.#ownCopy(message);
    this.execution.add(
      typeof link === 'string'
        ? new HandOver(this.#track.bridge, this.execution, this.node, link, own, path)
        : new KitHop(this.#track, this.execution, link, own, path),
    );
  }

  /** The message this hop was given belongs to nobody else: its first recipient takes it as it is. */
  #ownCopy(message: Message): Message {
    if (message !== this.#message || this.#isForwarded) return this.#station.kit.copy(message);
    this.#isForwarded = true;
    return message;
  }

  /** One error tells of a runaway; the other messages of it end without a word. */
  #refuse(reason: Error | undefined): void {
    if (reason === undefined) this.#done?.();
    else this.#fail(reason);
  }

  #follow(pending: Promise<void>): Promise<void> {
    return withinLimit(pending, this.#track.timeLimitMs).then(
      () => this.#succeed(),
      (error: unknown) => this.#fail(error),
    );
  }

  #succeed(): void {
    const { kit } = this.#station;
    this.#isOver = true;
    kit.hopEnded(undefined);
    if (this.#done !== undefined) {
      this.#done();
    } else if (kit.completion.isWatched()) {
      this.#within(() => kit.completion.tell(this.#message));
    }
  }

  #fail(reason: unknown): void {
    const { kit } = this.#station;
    const error = reason ?? new Error('The node failed without saying why');
    this.#isOver = true;
    this.execution.countError();
    kit.counters.errors++;
    this.#within(() => {
      kit.hopEnded(error);
      if (this.#done !== undefined) this.#done(error);
      else kit.node.error(error, this.#message);
    });
  }

  #within(show: () => void): void {
    this.#track.bridge.within({ execution: this.execution, path: this.#path }, show);
  }
}

function isList<T>(value: T | readonly T[] | readonly Output[]): value is readonly T[] & readonly Output[] {
  return Array.isArray(value);
}
