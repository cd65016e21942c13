import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type {
  InputListener,
  Message,
  NodeConstructor,
  NodeRed,
  NodeRedNode,
  NodeRedUtil,
  Output,
  PlatformApi,
  RawConfig,
} from '../../src/index.ts';

const require = createRequire(import.meta.url);
const { util }: { util: NodeRedUtil } = require('@node-red/util');

export interface Result {
  /** What was sent, one entry per `send`. */
  readonly sent: (Message | readonly Output[])[];
  readonly error: unknown;
}

export interface NodeUnderTest {
  readonly node: FakeNode;
  /** Sends one message to the node and waits until its hop is over. */
  receive(message: Message): Promise<Result>;
}

/** The part of Node-RED's node object that the kit uses. */
export class FakeNode implements NodeRedNode {
  id = 'n1';
  type = '';
  z = 'tab';
  wires: readonly (readonly string[])[] = [['next']];
  readonly statuses: object[] = [];
  readonly errors: { error: unknown; message: Message | undefined }[] = [];
  readonly warnings: unknown[] = [];
  readonly completed: Message[] = [];
  readonly store = new Map<string, unknown>();
  readonly _flow = {
    getSetting: () => undefined,
    completeNodeMap: {} as Record<string, unknown>,
    handleComplete: (_node: unknown, message: Message) => void this.completed.push(message),
  };
  input: InputListener | undefined;
  readonly #closeListeners: (() => void)[] = [];

  on(event: 'input', listener: InputListener): void;
  on(event: 'close', listener: () => void): void;
  on(event: string, listener: InputListener & (() => void)): void {
    if (event === 'input') this.input = listener;
    else this.#closeListeners.push(listener);
  }

  close(): void {
    for (const listener of this.#closeListeners) listener();
  }

  receive(message: Message): void {
    this.input?.(
      message,
      () => undefined,
      () => undefined,
    );
  }

  error(error: unknown, message?: Message): void {
    this.errors.push({ error, message });
  }

  warn(text: unknown): void {
    this.warnings.push(text);
  }

  status(status: object): void {
    this.statuses.push(status);
  }

  context() {
    const scope = {
      get: (key: string, _store: string | undefined, callback: (error: unknown, value: unknown) => void) =>
        callback(null, this.store.get(key)),
      set: (key: string, value: unknown, _store: string | undefined, callback: (error: unknown) => void) => {
        this.store.set(key, value);
        callback(null);
      },
    };
    return { flow: scope, global: scope };
  }
}

/** Node-RED's API with its real utilities and nothing else. */
export function fakeNodeRed(register: (construct: NodeConstructor) => void, platform?: PlatformApi): NodeRed {
  return {
    nodes: {
      createNode: (node, config) => void Object.assign(node, config),
      registerType: (_type, construct) => register(construct),
    },
    plugins: { get: () => (platform === undefined ? undefined : { api: platform }) },
    settings: { coreNodesDir: dirname(require.resolve('@node-red/nodes/package.json')) },
    util,
    _: (key) => key,
  };
}

/** Builds a node as Node-RED does; without a platform it works as in a stock Node-RED. */
export function build(define: (RED: NodeRed) => void, config: RawConfig, platform?: PlatformApi): NodeUnderTest {
  const node = new FakeNode();
  define(fakeNodeRed((construct) => construct.call(node, config), platform));
  return { node, receive: (message) => receive(node, message) };
}

function receive(node: FakeNode, message: Message): Promise<Result> {
  const sent: Result['sent'] = [];
  return new Promise((resolve) => {
    node.input?.(
      message,
      (outputs) => void sent.push(outputs),
      (error) => resolve({ sent, error }),
    );
  });
}

/** The text of the error that ended a hop. */
export function errorText({ error }: Result): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
