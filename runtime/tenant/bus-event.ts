/** The bus event that started an execution, with what the platform must know to publish what comes of it. */
import type { EventSource } from '@dojot/node-kit';
import { type Descent, originOf } from './origin.ts';

/**
 * What a flow publishes hours after the event, from a timer, still belongs to it: an event is remembered as long as a
 * message, a timer or an execution of it is.
 */
export class BusEvent implements EventSource {
  readonly tenant: string;
  readonly deviceId: string;
  readonly timestamp?: number;
  readonly descent: Descent;
  /** When it began, by the idle time of the process, ms. */
  readonly since: number;
  /** How long it waited for the platform by that clock, ms, the current wait not included. */
  waited = 0;
  /** Publications on their way, and since when there are any, by that clock, ms: they wait together. */
  wait: { readonly since: number; publications: number } | undefined;
  /** What each node has published so far, by its id. */
  #ordinals: Map<string, number> | undefined;

  constructor({ tenant, deviceId, timestamp }: EventSource, descent: Descent, since: number) {
    this.tenant = tenant;
    this.deviceId = deviceId;
    if (timestamp !== undefined) this.timestamp = timestamp;
    this.descent = descent;
    this.since = since;
  }

  /** The origin of the next thing a node publishes, unlike all before: it counts over all that comes of the event. */
  nextOrigin(nodeId: string): string {
    this.#ordinals ??= new Map();
    const ordinal = this.#ordinals.get(nodeId) ?? 0;
    this.#ordinals.set(nodeId, ordinal + 1);
    return originOf(this.descent, nodeId, ordinal);
  }
}
