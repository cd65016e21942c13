/** Who a client says it is: on the plain listener the CONNECT user name (contract iot-agents §0.1, §1.2). */
import { deviceKey, subjects, tenantPattern, topicOf } from '../../contract/topics.ts';

export interface DeviceIdentity {
  readonly tenant: string;
  readonly deviceId: string;
  /** `tenant:deviceId`: user name, first topic level, key on the bus. */
  readonly key: string;
  /** It may publish to this topic, and below it, where nobody reads. */
  readonly attrsTopic: string;
  /** It may subscribe to this topic, and below it, where nobody publishes. */
  readonly configTopic: string;
  /** Where its readings go on the bus. */
  readonly busTopic: string;
}

export function identityOf(tenant: string, deviceId: string): DeviceIdentity {
  const key = deviceKey(tenant, deviceId);
  return {
    tenant,
    deviceId,
    key,
    attrsTopic: `${key}/attrs`,
    configTopic: `${key}/config`,
    busTopic: topicOf(tenant, subjects.deviceData),
  };
}

/** Device ids are free text of the tenant; what has a meaning in user names and topics cannot be one. */
const deviceIdPattern = /^[^:/+#\p{Cc}]{1,100}$/u;

/** Reads `<tenant>:<deviceId>`; undefined when it has another form. */
export function parseUsername(username: string | undefined): DeviceIdentity | undefined {
  const colon = username?.indexOf(':') ?? -1;
  if (username === undefined || colon < 0) return undefined;
  const tenant = username.slice(0, colon);
  const deviceId = username.slice(colon + 1);
  return tenantPattern.test(tenant) && deviceIdPattern.test(deviceId) ? identityOf(tenant, deviceId) : undefined;
}

/** The topic or filter is this one or lies below it: the rules on topics look at two levels only (contract iot-agents §1.2). */
export function isAtOrBelow(topic: string, top: string): boolean {
  return topic.startsWith(top) && (topic.length === top.length || topic[top.length] === '/');
}
