/**
 * Headers of bus messages.
 *
 * `dojot-origin` makes a repeat recognisable: a message that a flow publishes names the device message it descends from and
 * the way it took, so the same message published again after a crash carries the same origin. History drops repeats by it.
 *
 * Form: `<topic>/<partition>/<offset>/<path>`; `path` is one step `<node id>.<ordinal>` per flow the reading went through,
 * joined by `>`. Topic, partition and offset are those of the message a device (not a flow) sent.
 */
export const headers = {
  origin: 'dojot-origin',
  /** How many flows the message went through without a pause; bounds flows that trigger themselves without end. */
  generation: 'dojot-generation',
  /** `<packet id>:<hash of the payload>:<hash of the session id>` of an MQTT publication with QoS ≥ 1: recognises what a device sends again. */
  mqttMessage: 'dojot-mqtt-message',
} as const;

export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly path: string;
}

/** Reads a `dojot-origin` header; undefined when it is absent or malformed. */
export function parseOrigin(text: string | undefined): Origin | undefined {
  if (text === undefined) return undefined;
  const match = /^([^/]+)\/(\d+)\/(\d+)\/(.+)$/s.exec(text);
  if (!match) return undefined;
  const [, topic, partition, offset, path] = match;
  if (topic === undefined || path === undefined) return undefined;
  const place = { partition: Number(partition), offset: Number(offset) };
  if (!Number.isSafeInteger(place.partition) || !Number.isSafeInteger(place.offset)) return undefined;
  return { topic, ...place, path };
}

export function formatOrigin(origin: Origin): string {
  return `${origin.topic}/${origin.partition}/${origin.offset}/${origin.path}`;
}
