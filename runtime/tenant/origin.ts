/** Names for what flows publish: the same work done again after a crash gives the same name (contract/headers.ts). */
import { createHash } from 'node:crypto';
import { formatOrigin, parseOrigin } from '../../contract/headers.ts';
import type { FlowEvent } from '../protocol/messages.ts';

/** Where an event comes from, as far as what it causes must know. */
export interface Descent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Steps already taken through flows; empty for what a device sent. */
  readonly path: string;
  /** Flows already passed without a pause. */
  readonly generation: number;
}

/** Paths beyond this many characters are replaced by their hash: a flow may trigger itself for ever. */
const longestPath = 240;

/** A message of a flow keeps the root of its chain; one of a device is the root itself. */
export function descentOf(event: FlowEvent): Descent {
  const generation = Number(event.generation ?? 0);
  const origin = parseOrigin(event.origin);
  const { topic, partition, offset } = origin ?? event;
  return {
    topic,
    partition,
    offset,
    path: origin?.path ?? '',
    generation: Number.isSafeInteger(generation) && generation > 0 ? generation : 0,
  };
}

/** The `dojot-origin` of the `ordinal`-th thing a node publishes in an execution of this descent. */
export function originOf(descent: Descent, nodeId: string, ordinal: number): string {
  const step = `${nodeId}.${ordinal}`;
  const path = descent.path === '' ? step : `${descent.path}>${step}`;
  return formatOrigin({ ...descent, path: path.length > longestPath ? digest(path) : path });
}

function digest(path: string): string {
  return `~${createHash('sha256').update(path).digest('base64url').slice(0, 32)}`;
}
