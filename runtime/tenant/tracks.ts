/** Which execution a message inside Node-RED belongs to, and where in it messages are. */
import type { Execution, Message, Path } from '@dojot/node-kit';
import type { LiveNode } from 'node-red';

/** An execution as far as it runs outside the kit. */
export interface Track {
  readonly execution: Execution;
  /** `_msgid` of messages that have none when they leave the kit. */
  readonly messageId: string;
  /** Every `_msgid` by which messages of this execution are known. */
  readonly ids: Set<string>;
  /** What each node got of it. */
  readonly visits: Map<LiveNode, Visits>;
  /** Epoch ms of the first message outside the kit. */
  readonly since: number;
  /** Where what comes of it after its end belongs. */
  heir: Track | undefined;
}

/** The messages of one execution that a node got. */
export interface Visits {
  /** Those inside the node now. */
  count: number;
  /** Those among them that only wait. */
  parked: number;
  last: Passage;
}

/** A message of an execution, and the way it took to the node that has it or gets it next. */
export interface Passage {
  readonly track: Track;
  /** Undefined where it is not known. */
  readonly path: Path | undefined;
}

/** Executions remembered after their end or a long time, and for how long, ms: nodes may have clones of their messages. */
const mostPast = 10_000;
const longestPast = 3_600_000;

export interface Tracks {
  /** The track of an execution, made when it has none. */
  of(execution: Execution): Track;
  /** The track a message id is known by, when its execution has not ended. */
  byId(messageId: unknown): Track | undefined;
  /** The track of the message id of an execution, also when that has ended. */
  pastById(messageId: unknown): Track | undefined;
  /** From now on messages of this id belong to the track. */
  know(track: Track, messageId: unknown): void;
  find(execution: Execution): Track | undefined;
  /** Its execution has ended, or lasts too long to be watched: only its own message id is remembered, for a while. */
  retire(track: Track): void;
  all(): Iterable<Track>;
}

export function createTracks(now: () => number, newId: () => string): Tracks {
  const byExecution = new Map<Execution, Track>();
  const ids = new Map<string, Track>();
  /** By message id, in the order they were retired. */
  const past = new Map<string, Track>();

  function forgetOldest(): void {
    for (const [id, { since }] of past) {
      if (past.size <= mostPast && now() - since < longestPast) return;
      past.delete(id);
    }
  }

  return {
    of(execution) {
      const known = byExecution.get(execution);
      if (known) return known;
      const track = {
        execution,
        messageId: newId(),
        ids: new Set<string>(),
        visits: new Map(),
        since: now(),
        heir: undefined,
      };
      byExecution.set(execution, track);
      return track;
    },
    find: (execution) => byExecution.get(execution),
    byId: (messageId) => (typeof messageId === 'string' ? living(ids.get(messageId)) : undefined),
    know(track, messageId) {
      if (typeof messageId !== 'string' || track.ids.has(messageId)) return;
      track.ids.add(messageId);
      ids.set(messageId, track);
    },
    pastById: (messageId) => (typeof messageId === 'string' ? (ids.get(messageId) ?? past.get(messageId)) : undefined),
    retire(track) {
      byExecution.delete(track.execution);
      for (const id of track.ids) if (ids.get(id) === track) ids.delete(id);
      track.ids.clear();
      past.set(track.messageId, track);
      forgetOldest();
    },
    all: () => byExecution.values(),
  };
}

/** A track whose execution has not ended. */
export function living(track: Track | undefined): Track | undefined {
  return track && !track.execution.isOver ? track : undefined;
}

/** Notes that one more message is inside a node. */
export function enter(passage: Passage, node: LiveNode): void {
  const { visits } = passage.track;
  const known = visits.get(node);
  if (!known) {
    visits.set(node, { count: 1, parked: 0, last: passage });
    return;
  }
  known.count += 1;
  known.last = passage;
}

/** Notes that the messages inside a node only wait there. */
export function park(track: Track, node: LiveNode): void {
  const known = track.visits.get(node);
  while (known && known.parked < known.count) {
    known.parked += 1;
    track.execution.park();
  }
}

/** Notes that one message left a node; false when none was inside, as after a second `done`. */
export function leave(track: Track, node: LiveNode): boolean {
  const known = track.visits.get(node);
  if (!known || known.count === 0) return false;
  known.count -= 1;
  if (known.parked > known.count) {
    known.parked -= 1;
    track.execution.unpark();
  }
  return true;
}

export const isInside = (track: Track, node: LiveNode): boolean => (track.visits.get(node)?.count ?? 0) > 0;

/** Nodes that hold messages of it now. */
export function holdersOf({ visits }: Track): readonly LiveNode[] {
  return Array.from(visits).flatMap(([node, { count }]) => (count > 0 ? [node] : []));
}

/** A message's `_msgid`, as Node-RED's nodes know it. */
export const messageIdOf = (message: Message): unknown => message._msgid;
