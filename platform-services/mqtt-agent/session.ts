/** What belongs to a client id of a device, for as long as the connection or (clean session off) longer. */
import type { ConfigFilters } from './config-filters.ts';
import type { DeviceIdentity } from './identity.ts';
import type { Outbox } from './outbox.ts';
import type { PublicationCode } from './resends.ts';

export interface Unreleased {
  readonly code: PublicationCode;
  /** It is in the log. */
  readonly isStored: boolean;
}

export interface Session {
  /** `<tenant>:<device id>/<client id>`: the id aedes knows it by. */
  readonly id: string;
  readonly identity: DeviceIdentity;
  /** CONNECT came with clean session off: it outlives the connection and, once subscribed, the process. */
  readonly persistent: boolean;
  /** What it is subscribed to; of a persistent session what is on disk. */
  filters: ConfigFilters;
  /** Config messages it still owes its device. */
  readonly outbox: Outbox;
  /** QoS 2 messages the device has not released yet, by packet id. */
  readonly unreleased: Map<number, Unreleased>;
}
