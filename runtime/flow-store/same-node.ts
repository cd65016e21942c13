/**
 * Whether a node that comes back from the editor is the one it was given. The editor's export knows only the properties
 * of the node's definition, in its own order, and fills in what it has defaults for; none of this is a change.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FlowElement } from './flow-content.ts';
import { wiresOf } from './node-form.ts';

/** Properties every export carries when they are set: missing means that the user took them away. */
const alwaysExported: ReadonlySet<string> = new Set('d g l info icon inputLabels outputLabels locked'.split(' '));

export function sameNode(sent: FlowElement, got: FlowElement): boolean {
  const keys = new Set([...Object.keys(sent), ...Object.keys(got)]);
  return Array.from(keys).every((key) => sameProperty(key, sent, got));
}

/** Whether the editor left a property as it was. */
export function sameProperty(key: string, sent: FlowElement, got: FlowElement): boolean {
  if (key === 'wires') return isDeepStrictEqual(usedOutputs(sent), usedOutputs(got));
  if (!Object.hasOwn(got, key)) return !wasTakenAway(key, sent);
  if (!Object.hasOwn(sent, key)) return isBlank(got[key]) || isPortCount(key, got[key]);
  return sameValue(sent[key], got[key]) || (alwaysExported.has(key) && isBlank(sent[key]) && isBlank(got[key]));
}

/** Whether a property that the export lacks was removed by the user rather than dropped by the editor. */
export function wasTakenAway(key: string, sent: FlowElement): boolean {
  return alwaysExported.has(key) && !isBlank(sent[key]);
}

/** What a form shows when nothing was entered. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  if (Array.isArray(value)) return value.every(isBlank);
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const isPortCount = (key: string, value: unknown) =>
  (key === 'outputs' || key === 'inputs') && (value === 0 || value === 1);

/** Numbers may have been text before the editor read them (contract §5). */
function sameValue(sent: unknown, got: unknown): boolean {
  if (typeof sent === 'string' && typeof got === 'number') return sent.trim() !== '' && Number(sent) === got;
  return isDeepStrictEqual(sent, got);
}

/** The editor adds and cuts empty outputs at the end as the node's definition says. */
function usedOutputs(node: FlowElement): string[][] {
  const outputs = wiresOf(node) ?? [];
  return outputs.slice(0, outputs.findLastIndex((output) => output.length > 0) + 1);
}
