/**
 * What Node-RED relies on without looking: a `links` that is no list, an `env` without entries or labels that are text
 * stop its runtime or its editor. Such properties are left out of the editor's view; the source keeps them.
 */

import { textId } from './dojot-identity.ts';
import { type FlowElement, isOn, isStructural, subflowOf } from './flow-content.ts';
import { isRecord } from './node-references.ts';

const linkTypes: ReadonlySet<unknown> = new Set(['link in', 'link out', 'link call']);
const scopedTypes: ReadonlySet<unknown> = new Set(['catch', 'status', 'complete']);

/** The element with well-formed standard properties. */
export function wellFormed(element: FlowElement): FlowElement {
  const entries = Object.entries(element).filter(([key, value]) => isUsable(element, key, value));
  const form = Object.fromEntries(entries);
  if (linkTypes.has(element.type)) return { ...form, links: texts(element.links) };
  if (element.type === 'group') return { ...form, nodes: texts(element.nodes) };
  if (element.type === 'subflow') return { ...form, in: records(element.in), out: records(element.out) };
  return form;
}

function isUsable({ type }: FlowElement, key: string, value: unknown): boolean {
  switch (key) {
    case '__proto__':
      return false;
    case 'd':
      return isOn(value);
    case 'env':
      return !(isStructural(type) || subflowOf(type) !== undefined) || (Array.isArray(value) && value.every(isRecord));
    case 'scope':
      return !scopedTypes.has(type) || isScope(value);
    case 'inputLabels':
    case 'outputLabels':
      return Array.isArray(value);
    case 'info':
    case 'icon':
      return typeof value === 'string';
    default:
      return true;
  }
}

const isScope = (value: unknown) => value === null || value === 'group' || Array.isArray(value);

/** Outputs of a node as lists of ids; a single id stands for a list of one. Undefined when the element has no wires. */
export function wiresOf(element: FlowElement): string[][] | undefined {
  if (!Array.isArray(element.wires)) return undefined;
  return element.wires.map((output: unknown) => texts(Array.isArray(output) ? output : [output]));
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map(textId).filter((id) => id !== undefined);
}

const records = (value: unknown): FlowElement[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** A coordinate; numbers may arrive as text. The editor takes 0 for "none", so 0 becomes 1. Undefined when there is none. */
export function coordinate(value: unknown): number | undefined {
  if (value === '' || (typeof value !== 'number' && typeof value !== 'string')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number || 1 : undefined;
}
