/**
 * Flows as texts under their hash. Everything a user wrote is kept as text: property names with dots and dollars mean
 * nothing to the store, and a flow may be as large as a request.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { uniqueIds } from './dojot-identity.ts';
import { readFlow } from './dojot-reader.ts';
import { flowErrors } from './errors.ts';
import type { FlowFace, StoredFlow } from './flow-content.ts';
import { parseFlowSource } from './flow-source.ts';
import type { FlowNode } from './flow-store.ts';

/** `source` and `face` are hashes of texts; a flow without `face` shows what the reader makes of its source. */
export interface FlowRecord {
  readonly [key: string]: string | number | boolean | undefined;
  readonly id: string;
  readonly tabId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly created: number;
  readonly updated: number;
  readonly source: string;
  readonly face?: string;
}

/** A record and the texts it names, by hash. */
export interface PackedFlow {
  readonly record: FlowRecord;
  readonly texts: ReadonlyMap<string, string>;
}

const node = z.looseObject({ id: z.string(), type: z.string() });
const faceText = z.object({ nodes: z.array(node), restIds: z.array(z.tuple([z.string(), z.string()])) });
const globalsText = z.array(node);

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export function packFlow({ id, tabId, name, enabled, created, updated, source, face, drawn }: StoredFlow): PackedFlow {
  const facts = { id, tabId, name, enabled, created, updated, source: hashOf(source) };
  if (!drawn) return { record: facts, texts: new Map([[facts.source, source]]) };
  const text = JSON.stringify({ nodes: face.nodes, restIds: [...face.restIds] });
  const record = { ...facts, face: hashOf(text) };
  return {
    record,
    texts: new Map([
      [record.source, source],
      [record.face, text],
    ]),
  };
}

/** `read` resolves to the text under a hash. */
export async function unpackFlow(record: FlowRecord, read: (hash: string) => Promise<string>): Promise<StoredFlow> {
  const { source: sourceHash, face: faceHash, ...facts } = record;
  const source = await read(sourceHash);
  const face =
    faceHash === undefined ? readFlow({ tabId: record.tabId, source }) : drawnFace(await read(faceHash), source);
  const { id, tabId, name, enabled, created, updated } = facts;
  return { id, tabId, name, enabled, created, updated, source, face, drawn: faceHash !== undefined };
}

function drawnFace(text: string, source: string): FlowFace {
  const { nodes, restIds } = faceText.parse(parsed(text));
  const elements = parseFlowSource(source);
  const ids = uniqueIds(elements);
  const byRestId = new Map(elements.map((element, index) => [ids[index] ?? '', element]));
  const elementOf = restIds.flatMap(([editorId, restId]) => {
    const element = byRestId.get(restId);
    return element ? [[editorId, element] as const] : [];
  });
  return { nodes: nodes.map(asNode), elements, elementOf: new Map(elementOf), restIds: new Map(restIds) };
}

export const packGlobals = (globals: readonly FlowNode[]): string => JSON.stringify(globals);

export const unpackGlobals = (text: string): FlowNode[] => globalsText.parse(parsed(text)).map(asNode);

function asNode({ z: canvas, ...rest }: z.infer<typeof node>): FlowNode {
  return typeof canvas === 'string' ? { ...rest, z: canvas } : rest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw flowErrors.CONTENT_DAMAGED(hashOf(text)).because(cause);
  }
}
