/** A client that was recognised as a device: what the handlers of its packets need, worked out once at CONNECT. */
import type { Client } from 'aedes';
import type { DeviceIdentity } from './identity.ts';
import type { RecentPublications } from './resends.ts';
import type { Session } from './session.ts';
import type { Window } from './windows.ts';

export interface Connection {
  readonly client: Client;
  readonly identity: DeviceIdentity;
  /** Start of the bus message of each reading (reading.ts). */
  readonly envelope: string;
  /** Of its client id. */
  readonly recent: RecentPublications;
  /** What is on its way to the bus counts in each of these. */
  readonly windows: readonly Window[];
  /** Packet ids of the PUBACKs that leave at the end of this turn of the event loop (acknowledge.ts). */
  readonly acknowledged: number[];
  /** What it has subscribed to since CONNECT. */
  readonly filters: Set<string>;
  /** Undefined until CONNACK is sent. */
  session: Session | undefined;
}

/** By aedes client; gone with it. */
export type Connections = WeakMap<Client, Connection>;
