/** Ids: texts that are unique only inside their flow become ids that are unique in the tenant (contract §5, §14). */
import { createHash } from 'node:crypto';
import type { FlowElement } from './flow-content.ts';

/** 16 hex digits, the form of Node-RED's own ids; the same for a flow at every start. */
export function tabIdOf(flowId: string): string {
  return createHash('sha256').update(flowId).digest('hex').slice(0, 16);
}

export const editorIdOf = (tabId: string, restId: string): string => `${tabId}.${restId}`;

/** The id in the source of a node that the editor shows. A node drawn or moved there keeps the id it has. */
export function restIdOf(tabId: string, editorId: string): string {
  return editorId.startsWith(`${tabId}.`) ? editorId.slice(tabId.length + 1) : editorId;
}

/** The id as text; undefined when the element has none. */
export function textId(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** One id per element, in order: its own, completed where it is missing or taken. Always the same for the same list. */
export function uniqueIds(elements: readonly FlowElement[]): string[] {
  const take = idTaker();
  return elements.map((element, index) => take(textId(element.id) ?? `node-${index}`));
}

/** Gives every id out once: `wanted`, or `wanted~2`, `wanted~3` … when it is taken. */
export function idTaker(taken: Iterable<string> = []): (wanted: string) => string {
  const copies = new Map<string, number>(Array.from(taken, (id) => [id, 1]));
  return (wanted) => {
    let id = wanted;
    for (let copy = copies.get(wanted) ?? 0; copies.has(id); ) {
      copy++;
      copies.set(wanted, copy);
      id = `${wanted}~${copy}`;
    }
    copies.set(id, 1);
    return id;
  };
}
