import type { Message, NodeContext, Output } from '@dojot/node-kit';

/** A message that says which part of which sequence it is. */
export interface PartMessage extends Message {
  parts: Record<string, unknown> & { id: unknown; index: unknown };
}

export function isPart(message: Message): message is PartMessage {
  const { parts } = message;
  return typeof parts === 'object' && parts !== null && Object.hasOwn(parts, 'id') && Object.hasOwn(parts, 'index');
}

export interface MessageGroups {
  /** Keeps a part; gives the whole sequence when it is complete. Throws when too many messages are kept. */
  add(message: PartMessage): readonly PartMessage[] | undefined;
}

interface Group {
  readonly messages: PartMessage[];
  count: unknown;
}

/** Sequences whose number of parts must be known before a rule can decide (`tail`), or be repaired afterwards. */
export function createMessageGroups({ RED }: NodeContext): MessageGroups {
  const groups = new Map<unknown, Group>();
  const limit = RED.settings.nodeMessageBufferMaxLength ?? 0;
  let kept = 0;

  return {
    add(message) {
      const { id, count } = message.parts;
      const group = groups.get(id) ?? { messages: [], count: undefined };
      groups.set(id, group);
      group.messages.push(message);
      if (count !== undefined) group.count = count;
      kept++;
      if (limit > 0 && kept > limit) {
        groups.clear();
        kept = 0;
        throw new Error(RED._('switch.errors.too-many'));
      }
      if (group.count !== group.messages.length) return undefined;
      groups.delete(id);
      kept -= group.messages.length;
      for (const part of group.messages) part.parts.count = group.count;
      return group.messages;
    },
  };
}

/** Makes what each output receives a sequence of its own: new id, index and count per output. */
export function renumber(verdicts: readonly (readonly Output[])[], newId: () => string): Output[][] {
  const width = Math.max(0, ...verdicts.map((onward) => onward.length));
  const outputs = Array.from({ length: width }, (_, output) => ({
    id: newId(),
    count: verdicts.filter((onward) => onward[output]).length,
    next: 0,
  }));
  return verdicts.map((onward) =>
    outputs.map((sequence, output) => {
      const message = onward[output];
      if (!isSingle(message)) return null;
      const parts = { ...Object(message.parts), id: sequence.id, index: sequence.next++, count: sequence.count };
      return { ...message, parts };
    }),
  );
}

function isSingle(output: Output): output is Message {
  return output !== null && output !== undefined && !Array.isArray(output);
}
