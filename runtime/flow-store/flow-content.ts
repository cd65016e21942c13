/** The words in which the two faces of a flow are told. */
import type { FlowNode } from './flow-store.ts';

/** One element of a flow's list as its author sent it (contract flows-and-nodes §5). */
export type FlowElement = Readonly<Record<string, unknown>>;

/** A flow as the editor sees it, and how that hangs together with its source. */
export interface FlowFace {
  /** The tab first. Its `disabled` is the mark in the source; the flow's own `enabled` comes on top of it. */
  readonly nodes: readonly FlowNode[];
  /** All elements of the source, in its order. */
  readonly elements: readonly FlowElement[];
  /** Source element by editor id; a tab that the source does not have is absent. */
  readonly elementOf: ReadonlyMap<string, FlowElement>;
  /** Id in the source by editor id. */
  readonly restIds: ReadonlyMap<string, string>;
}

/** A flow of one revision with both faces. Never changed, only replaced. */
export interface StoredFlow {
  readonly id: string;
  readonly tabId: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Epoch ms. */
  readonly created: number;
  readonly updated: number;
  readonly source: string;
  readonly face: FlowFace;
  /** Whether the face is kept, as it has what was drawn in the editor; otherwise the reader makes it of the source. */
  readonly drawn: boolean;
}

/** All flows of a tenant at one revision; 0 = nothing was ever saved. */
export interface Snapshot {
  readonly number: number;
  readonly flows: readonly StoredFlow[];
  /** Nodes of no flow: configuration nodes and subflows used by several tabs. */
  readonly globals: readonly FlowNode[];
  /** Credentials of the nodes, sealed; absent when none were ever saved. */
  readonly credentials?: string | undefined;
}

/** Types whose dojot meaning differs from Node-RED's (contract §14). */
const twoMeanings: ReadonlySet<string> = new Set(['switch', 'change', 'template']);

export const hasTwoMeanings = (type: unknown): boolean => typeof type === 'string' && twoMeanings.has(type);

/** What shapes a flow and is not itself a node: these types need no implementation. */
const structuralTypes: ReadonlySet<string> = new Set(['tab', 'subflow', 'group', 'junction']);

export const isStructural = (type: unknown): boolean => typeof type === 'string' && structuralTypes.has(type);

/** Whether a wire may end at an element of this type. */
export const takesWires = (type: unknown): boolean => type === 'junction' || !isStructural(type);

/** Id of the subflow an instance node stands for. */
export function subflowOf(type: unknown): string | undefined {
  return typeof type === 'string' && type.startsWith('subflow:') ? type.slice('subflow:'.length) : undefined;
}

/** True, and also the text `true`: numbers and booleans may arrive as text (contract §5). */
export const isOn = (value: unknown): boolean => value === true || value === 'true';
