/** The trigger nodes of all running flows, and which of them an event fires (contract flows-and-nodes §6.3). */
import type { Trigger, TriggerEvent } from '@dojot/node-kit';

export interface Triggers {
  /** The returned function removes it again. */
  add(trigger: Trigger): () => void;
  /** Those that fire, in the order of the flows and of their lists. */
  select(event: TriggerEvent, deviceId: string, templates: readonly string[]): readonly Trigger[];
  /** After every deploy: the ids of all nodes in their order. Wires may have changed, so nothing selected before holds. */
  reorder(nodeIds: Iterable<string>): void;
}

/** Selections remembered at most: one per device and kind of event in use. */
const mostSelections = 20_000;

export function createTriggers(): Triggers {
  const all = new Set<Trigger>();
  /** Position by node id. */
  let positions = new Map<string, number>();
  /** Selections made since the last change, by event, templates and device. */
  const selections = new Map<string, readonly Trigger[]>();

  const position = ({ nodeId }: Trigger) => positions.get(nodeId) ?? Number.MAX_SAFE_INTEGER;

  return {
    add(trigger) {
      all.add(trigger);
      selections.clear();
      return () => {
        all.delete(trigger);
        selections.clear();
      };
    },
    select(event, deviceId, templates) {
      const key = `${event}\n${templates.join()}\n${deviceId}`;
      const made = selections.get(key);
      if (made) return made;
      const selected = Array.from(all)
        .filter((trigger) => trigger.matches(event, deviceId, templates))
        .sort((left, right) => position(left) - position(right));
      if (selections.size >= mostSelections) selections.clear();
      selections.set(key, selected);
      return selected;
    },
    reorder(nodeIds) {
      positions = new Map(Array.from(nodeIds, (id, index) => [id, index]));
      selections.clear();
    },
  };
}
