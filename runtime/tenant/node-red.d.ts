/** The part of Node-RED 5's embedding API that the tenant process uses, narrowed to what it really gives. */
declare module 'node-red' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http';
  import type { Script } from 'node:vm';
  import type { Message, RuntimeNode } from '@dojot/node-kit';

  /** A node as the runtime keeps it; fields with an underscore are its own, read here and never written. */
  export interface LiveNode extends RuntimeNode {
    readonly _flow?: { getNode(id: string): LiveNode | null | undefined };
    readonly _inputCallback?: unknown;
    readonly _inputCallbacks?: unknown;
    readonly _expectedDoneCount: number;
    readonly _closeCallbacks: readonly unknown[];
    /** Of a Function node; null as long as its code has not compiled. */
    readonly script?: Script | null;
    /** Of a delay node. */
    readonly pauseType?: string;
    on(event: 'input', listener: (message: Message, send: unknown, done: () => void) => void): void;
  }

  export interface SendEvent {
    readonly msg: Message;
    readonly source: { readonly id: string; readonly node: LiveNode };
    readonly destination: { readonly id: string; readonly node: LiveNode };
  }
  export type ReceiveEvent = Pick<SendEvent, 'msg' | 'destination'>;
  export interface CompleteEvent {
    readonly msg: Message;
    readonly error?: unknown;
    readonly node: { readonly id: string; readonly node: LiveNode };
  }

  export interface Hooks {
    /** False: it is not delivered. */
    add(name: `preDeliver.${string}`, hook: (event: SendEvent) => false | undefined): void;
    add(name: `onReceive.${string}`, hook: (event: ReceiveEvent, next: (goOn?: false) => void) => void): void;
    add(name: `postReceive.${string}`, hook: (event: ReceiveEvent) => void): void;
    add(name: `onComplete.${string}`, hook: (event: CompleteEvent) => void): void;
    remove(name: `*.${string}`): void;
  }

  export interface FlowNodeJson {
    readonly id: string;
    readonly type: string;
    readonly z?: string;
    readonly [property: string]: unknown;
  }

  export interface FlowsStarted {
    readonly config: { readonly flows: readonly FlowNodeJson[] };
  }
  export interface RuntimeStateEvent {
    readonly id: string;
    readonly payload?: {
      readonly state?: string;
      readonly error?: string;
      readonly types?: readonly string[];
    };
  }
  export interface Events {
    on(event: 'flows:started', listener: (event: FlowsStarted) => void): void;
    on(event: 'type-registered', listener: (type: string) => void): void;
    on(event: 'runtime-event', listener: (event: RuntimeStateEvent) => void): void;
  }

  export type NodeConstructor = (this: LiveNode, config: Readonly<Record<string, unknown>>) => void;

  /** One line of the log; `level` as in Node-RED's `log` module (20 error, 30 warn, 40 info, 50 debug). */
  export interface LogLine {
    readonly level: number;
    readonly msg?: unknown;
    readonly id?: string;
    readonly type?: string;
    readonly z?: string;
    readonly name?: string;
  }

  type Listener = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

  const RED: {
    init(server: Server, settings: Readonly<Record<string, unknown>>): void;
    start(): Promise<void>;
    stop(): Promise<void>;
    readonly httpAdmin: Listener;
    readonly hooks: Hooks;
    readonly events: Events;
    readonly util: {
      generateId(): string;
      cloneMessage(message: unknown): unknown;
    };
    readonly nodes: {
      createNode(node: LiveNode, config: Readonly<Record<string, unknown>>): void;
      registerType(nodeSet: string, type: string, construct: NodeConstructor): void;
    };
    readonly runtime: {
      readonly flows: {
        setFlows(options: {
          readonly flows: { readonly flows: readonly FlowNodeJson[] };
          readonly deploymentType: 'nodes';
          readonly user?: unknown;
        }): Promise<unknown>;
      };
    };
  };
  export default RED;
}

declare module '@node-red/runtime/lib/nodes/Node.js' {
  import type { Message } from '@dojot/node-kit';
  import type { LiveNode } from 'node-red';

  /** The constructor all nodes inherit from. */
  const Node: {
    readonly prototype: {
      metric: (...words: readonly unknown[]) => boolean;
      error: (this: LiveNode, text: unknown, message?: Message) => void;
    };
  };
  export default Node;
}

declare module '@node-red/registry' {
  const registry: { checkFlowDependencies: (flows: unknown) => Promise<void> };
  export default registry;
}
