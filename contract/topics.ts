/** Names of bus topics: `<tenant>.<subject>` (contract data-realtime-history §0.3). */

/** The subjects a tenant's topics are made of. */
export const subjects = {
  /** What devices said, and what flows said in the name of virtual devices. */
  deviceData: 'device-data',
  /** Life of devices (create, update, remove) and commands to them (configure). */
  deviceEvents: 'dojot.device-manager.device',
  /** What is said to people; kept in the history when it asks for that. */
  notifications: 'dojot.notifications',
  /** Messages whose processing killed the tenant's process three times. */
  deadFlowMessages: 'dojot.flows.dead',
} as const;

export type Subject = (typeof subjects)[keyof typeof subjects];

/** A tenant name is part of topic, folder and table names, so it is short and plain (contract auth-gateway-pki §1.5). */
export const tenantPattern = /^[a-z0-9_]{1,30}$/;

/** `topicOf('admin', 'device-data')` is `admin.device-data`. */
export function topicOf(tenant: string, subject: string): string {
  return `${tenant}.${subject}`;
}

/** Splits a topic at its first dot; undefined when it has no tenant or no subject. */
export function parseTopic(topic: string): { tenant: string; subject: string } | undefined {
  const dot = topic.indexOf('.');
  if (dot < 1 || dot === topic.length - 1) return undefined;
  return { tenant: topic.slice(0, dot), subject: topic.slice(dot + 1) };
}

/** The key that keeps the messages of one device in order: `tenant:deviceId` (contract iot-agents §0.1). */
export function deviceKey(tenant: string, deviceId: string): string {
  return `${tenant}:${deviceId}`;
}
