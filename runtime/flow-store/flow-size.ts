/**
 * How large flows may be. A flow is read on the event loop that everybody shares, and all flows of a tenant lie several
 * times in the heap of its process: measured for the default heap of 128 MB.
 */
import type { Snapshot, StoredFlow } from './flow-content.ts';
import { shapeOf } from './raw-json.ts';

interface Size {
  readonly elements: number;
  /** Commas and opening brackets of the source. */
  readonly parts: number;
  readonly characters: number;
}

export const mostOfFlow = { elements: 5000, parts: 150_000 } as const;
/** The characters of a flow are bounded by the body that brings it; several such bodies would be too much. */
export const mostOfTenant: Size = { elements: 20_000, parts: 400_000, characters: 12 * 1024 * 1024 };
/** Of one element; an object with many more is copied a hundred times as slowly. */
export const mostProperties = 250;

/** Why nobody should begin to read such a text; undefined when it may be a flow. */
export function isLongList(parts: number): string | undefined {
  return parts > mostOfFlow.parts ? `a flow may have ${mostOfFlow.parts} values` : undefined;
}

/** The same for a list as JSON.parse gives it. */
export function isLargeList(list: readonly unknown[]): string | undefined {
  if (list.length > mostOfFlow.elements) return `a flow may have ${mostOfFlow.elements} elements`;
  const index = list.findIndex((element) => Object.keys(Object(element)).length > mostProperties);
  return index < 0 ? undefined : `element ${index + 1} has more than ${mostProperties} properties`;
}

/**
 * Why a revision is too large to follow another; undefined when it is not. What is too large already, from before there
 * were limits, may stay and shrink.
 */
export function tooLarge(next: Pick<Snapshot, 'flows' | 'globals'>, current: Snapshot): string | undefined {
  const before = new Map(current.flows.map((flow) => [flow.id, flow]));
  for (const flow of next.flows) {
    const old = before.get(flow.id);
    if (old?.face === flow.face) continue;
    const excess = excessOf(sizeOf(flow), mostOfFlow, old && sizeOf(old));
    if (excess) return `flow "${flow.name}" may have ${excess}`;
  }
  const excess = excessOf(sizeOfAll(next), mostOfTenant, sizeOfAll(current));
  return excess && `the flows of a tenant together may have ${excess}`;
}

/** Characters that a save puts into the store for good, and what it costs to read them: every element counts as some. */
export function costOf(flows: readonly StoredFlow[], before: readonly StoredFlow[]): number {
  const known = new Set(before);
  const changed = flows.filter((flow) => !known.has(flow));
  if (changed.length === 0) return 0;
  const sizes = changed.map(sizeOf);
  const read = sizes.reduce((cost, { characters, elements }) => cost + characters + elements * perElement, 0);
  return read + flows.length * perFlow;
}

/** Characters that take as long to parse as an element does to be read. */
const perElement = 100;
/** Characters of a flow in the document of every revision. */
const perFlow = 300;

function excessOf(size: Size, most: Partial<Size>, before?: Size): string | undefined {
  const measures = ['elements', 'parts', 'characters'] as const;
  const measure = measures.find(
    (one) => size[one] > Math.max(most[one] ?? Number.POSITIVE_INFINITY, before?.[one] ?? 0),
  );
  return measure && `${most[measure]} ${measure === 'parts' ? 'values' : measure}`;
}

/** A flow is at least its tab, also with an empty list. */
function sizeOf({ source, face }: StoredFlow): Size {
  const known = sizes.get(face);
  if (known) return known;
  const elements = Math.max(face.nodes.length, face.elements.length);
  const size = { elements, parts: shapeOf(source).parts, characters: source.length };
  sizes.set(face, size);
  return size;
}

/** By face: as a flow with another name or switch keeps its face, so it keeps its size. */
const sizes = new WeakMap<StoredFlow['face'], Size>();

function sizeOfAll({ flows, globals }: Pick<Snapshot, 'flows' | 'globals'>): Size {
  const text = JSON.stringify(globals);
  const ofGlobals = { elements: globals.length, parts: shapeOf(text).parts, characters: text.length };
  return flows.map(sizeOf).reduce(sum, ofGlobals);
}

const sum = (one: Size, other: Size): Size => ({
  elements: one.elements + other.elements,
  parts: one.parts + other.parts,
  characters: one.characters + other.characters,
});
