/** What can be set on the MQTT agent (contract iot-agents §1.2–1.4); the defaults are the contract's. */
export interface MqttAgentOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Plain MQTT knows no credentials: true when `host` is loopback or the operator trusts the network. */
  readonly plainAllowed: boolean;
  /** Bytes; a device that sends more is disconnected, and a command that is larger is not delivered. */
  readonly maxPayloadBytes?: number;
  /** ms after CONNECT at which a connection is closed, however busy; 0 = never. */
  readonly sessionLifetimeMs?: number;
  /** ms within which CONNECT must arrive. */
  readonly connectTimeoutMs?: number;
  /** Fewer when the process may not have that many files open. */
  readonly maxConnections?: number;
  /** Of one device; the oldest give way. */
  readonly maxConnectionsPerDevice?: number;
  /** Part of all connections that one tenant may have. */
  readonly tenantShare?: number;
  /** Publications of a device, and of a tenant, that are not stored yet; who has more is not read from. */
  readonly maxPendingPerDevice?: number;
  readonly maxPendingPerTenant?: number;
  /** Config messages sent to a device and not yet acknowledged by it. */
  readonly maxInflight?: number;
  /** Config messages waiting for a connected session; the oldest give way. */
  readonly maxOnlineMessages?: number;
  /** The same for a persistent session that is away. */
  readonly maxOfflineMessages?: number;
  /** Config messages, and bytes of them, waiting for all sessions of a device or not acknowledged; the oldest give way. */
  readonly maxQueuedPerDevice?: number;
  readonly maxQueuedBytesPerDevice?: number;
  /** The same for all devices of a tenant. */
  readonly maxQueuedPerTenant?: number;
  readonly maxQueuedBytesPerTenant?: number;
  /** ms after which a config message that is not acknowledged is sent again; 0 = only when the device comes back. */
  readonly retryMs?: number;
  /** Persistent sessions kept of one device; the one away for longest gives way. */
  readonly maxSessionsPerDevice?: number;
  /** ms for which a stored publication is remembered, to recognise it when the device sends it again. */
  readonly resendWindowMs?: number;
}

export type MqttAgentSettings = Required<MqttAgentOptions>;

const defaults = {
  maxPayloadBytes: 256 * 1024,
  sessionLifetimeMs: 1_800_000,
  connectTimeoutMs: 5000,
  maxConnections: 200_000,
  maxConnectionsPerDevice: 20,
  tenantShare: 0.75,
  maxPendingPerDevice: 64,
  maxPendingPerTenant: 1000,
  maxInflight: 20,
  maxOnlineMessages: 10_000,
  maxOfflineMessages: 1000,
  maxQueuedPerDevice: 10_000,
  maxQueuedBytesPerDevice: 16 * 1024 * 1024,
  maxQueuedPerTenant: 100_000,
  maxQueuedBytesPerTenant: 64 * 1024 * 1024,
  retryMs: 20_000,
  maxSessionsPerDevice: 10,
  resendWindowMs: 300_000,
};

export function withDefaults(options: MqttAgentOptions): MqttAgentSettings {
  return { ...defaults, ...options };
}
