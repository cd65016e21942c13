/**
 * The subscriptions by which a device hears its config topic. Two filters match it (MQTT 3.1.1 §4.7.1.2): the topic itself,
 * and everything below it, which includes it. What else a device may subscribe to (§1.2) is never published to.
 */
import type { QoS } from 'mqtt-packet';
import type { DeviceIdentity } from './identity.ts';

export interface ConfigFilters {
  /** `…/config` */
  readonly exact?: QoS | undefined;
  /** `…/config/#` */
  readonly below?: QoS | undefined;
}

export interface Filter {
  readonly topic: string;
  readonly qos: QoS;
}

export const noFilters: ConfigFilters = {};

/** Those among the filters of a SUBSCRIBE; added to what there was, each replaces its like (MQTT 3.1.1 §3.8.4). */
export function withFilters(filters: ConfigFilters, identity: DeviceIdentity, added: readonly Filter[]): ConfigFilters {
  const { exact, below } = topicsOf(identity);
  return {
    exact: added.findLast(({ topic }) => topic === exact)?.qos ?? filters.exact,
    below: added.findLast(({ topic }) => topic === below)?.qos ?? filters.below,
  };
}

export function withoutTopics(
  filters: ConfigFilters,
  identity: DeviceIdentity,
  topics: readonly string[],
): ConfigFilters {
  const { exact, below } = topicsOf(identity);
  return {
    exact: topics.includes(exact) ? undefined : filters.exact,
    below: topics.includes(below) ? undefined : filters.below,
  };
}

/** Whether anything is ever published to it. */
export function isHeard(topic: string, identity: DeviceIdentity): boolean {
  return Object.values(topicsOf(identity)).includes(topic);
}

export function areSameFilters(one: ConfigFilters, other: ConfigFilters): boolean {
  return one.exact === other.exact && one.below === other.below;
}

/** As a SUBSCRIBE would name them. */
export function asSubscriptions(filters: ConfigFilters, identity: DeviceIdentity): Filter[] {
  const topics = topicsOf(identity);
  return [
    ...(filters.exact === undefined ? [] : [{ topic: topics.exact, qos: filters.exact }]),
    ...(filters.below === undefined ? [] : [{ topic: topics.below, qos: filters.below }]),
  ];
}

/** Of the config messages; the highest where filters overlap (MQTT 3.1.1 §3.3.5). Undefined = not subscribed. */
export function qosOf({ exact, below }: ConfigFilters): QoS | undefined {
  if (exact === undefined || below === undefined) return exact ?? below;
  return exact > below ? exact : below;
}

function topicsOf({ configTopic }: DeviceIdentity) {
  return { exact: configTopic, below: `${configTopic}/#` };
}
