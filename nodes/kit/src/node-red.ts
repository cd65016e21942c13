/** The part of Node-RED 5's API that nodes built with the kit use, narrowed to what it really gives. */
import type { Message, Output, RuntimeNode } from './platform.ts';

export type Send = (outputs: Message | readonly Output[]) => void;
export type Done = (error?: unknown) => void;
export type InputListener = (message: Message, send: Send, done: Done) => void;

export interface NodeRedNode extends RuntimeNode {
  on(event: 'input', listener: InputListener): void;
  on(event: 'close', listener: () => void): void;
  context(): NodeContexts;
  /** The flow the node lives in; `completeNodeMap` lists the `complete` nodes by the id they watch. */
  readonly _flow: {
    readonly completeNodeMap?: Readonly<Record<string, unknown>>;
    handleComplete(node: RuntimeNode, message: Message): void;
  };
}

export interface NodeContexts {
  readonly flow: ContextScope;
  readonly global: ContextScope;
}

export interface ContextScope {
  get(key: string, store: string | undefined, callback: (error: unknown, value: unknown) => void): void;
  set(key: string, value: unknown, store: string | undefined, callback: (error: unknown) => void): void;
}

/** A node as it stands in the flow JSON. */
export type RawConfig = Readonly<Record<string, unknown>>;

type Callback = (error: unknown, value: unknown) => void;
export type PathPart = string | number | readonly PathPart[];

export interface NodeRedUtil {
  cloneMessage<T>(message: T): T;
  generateId(): string;
  normalisePropertyExpression(expression: string): readonly PathPart[];
  getMessageProperty(message: Message, expression: string): unknown;
  setMessageProperty(message: Message, expression: string, value: unknown): boolean;
  evaluateNodeProperty(
    value: unknown,
    type: string,
    node: RuntimeNode,
    message?: Message,
    callback?: Callback,
  ): unknown;
  prepareJSONataExpression(expression: string, node: RuntimeNode): JsonataExpression;
  evaluateJSONataExpression(expression: JsonataExpression, message: Message, callback: Callback): void;
}

export interface JsonataExpression {
  assign(name: string, value: unknown): void;
}

export type NodeConstructor = (this: NodeRedNode, config: RawConfig) => void;

/** What Node-RED hands to the module of a node. */
export interface NodeRed {
  readonly nodes: {
    createNode(node: RuntimeNode, config: RawConfig): void;
    registerType(type: string, construct: NodeConstructor): void;
  };
  readonly plugins: { get(id: string): unknown };
  readonly settings: { readonly coreNodesDir?: string; readonly nodeMessageBufferMaxLength?: number };
  readonly util: NodeRedUtil;
  /** The text of a key in the catalogue of this node. */
  _(key: string, variables?: Readonly<Record<string, unknown>>): string;
}
