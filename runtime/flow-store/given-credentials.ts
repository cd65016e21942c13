/**
 * Credentials inside the JSON of a flow. The source keeps them as sent; the editor's face must not show them, and the
 * runtime takes them from the sealed ones of the revision.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FlowElement, StoredFlow } from './flow-content.ts';
import type { RunnableFlows } from './flow-store.ts';
import { isRecord } from './node-references.ts';

/**
 * By editor id, those that are new in `flows`. What was sent before and comes back unchanged is not: it may have been
 * replaced in the editor since.
 */
export function newCredentials(
  flows: readonly StoredFlow[],
  before: readonly StoredFlow[],
): ReadonlyMap<string, FlowElement> {
  const old = new Map(before.map(({ id, face }) => [id, face]));
  const changed = flows.filter(({ id, face }) => old.get(id) !== face);
  return new Map(
    changed.flatMap(({ id, face }) =>
      Array.from(face.elementOf).flatMap(([editorId, { credentials }]): [string, FlowElement][] => {
        const known = old.get(id)?.elementOf.get(editorId)?.credentials;
        return isRecord(credentials) && !isDeepStrictEqual(credentials, known) ? [[editorId, credentials]] : [];
      }),
    ),
  );
}

/** All credentials after that: what a node has and was not given anew stays. */
export function addCredentials(
  all: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, FlowElement>,
): Record<string, unknown> {
  const added = Array.from(given, ([id, credentials]): [string, unknown] => {
    const kept = Object.hasOwn(all, id) ? all[id] : undefined;
    return [id, isRecord(kept) ? { ...kept, ...credentials } : credentials];
  });
  return { ...all, ...Object.fromEntries(added) };
}

/** For a process that runs already: Node-RED takes new credentials from the nodes of a deploy, and out of them. */
export function withCredentials(view: RunnableFlows, given: ReadonlyMap<string, FlowElement>): RunnableFlows {
  if (given.size === 0) return view;
  const nodes = view.nodes.map((node) => {
    const credentials = given.get(node.id);
    return credentials ? { ...node, credentials } : node;
  });
  return { ...view, nodes };
}
