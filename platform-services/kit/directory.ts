/** Small interfaces through which parts know of each other; the composition root hands them in. */
import type { Identity } from './http/route.ts';

/** What the rest of the platform needs to know of a device. */
export interface KnownDevice {
  readonly id: string;
  readonly label: string;
  /** Template ids as texts. */
  readonly templates: readonly string[];
  /** All attributes of all templates, ordered by attribute id. */
  readonly attributes: readonly {
    readonly label: string;
    readonly type: string;
    readonly valueType: string;
    /** Effective value (the device's override, else the template's); absent when there is none. */
    readonly staticValue?: string;
  }[];
}

export interface DeviceDirectory {
  /** Cached; a change made by this process is seen by the next call. Undefined when the tenant has no such device. */
  find(tenant: string, deviceId: string): Promise<KnownDevice | undefined>;
}

export interface TokenVerifier {
  /** Verifies signature, issuer and expiry; throws a `PlatformError` (401) whose message is the contract's §2.7 text. */
  verify(token: string): Promise<Identity>;
}

/** A browser's stay, from log-in to log-out. */
export interface Session {
  /** Renewed while the session is used. */
  readonly token: string;
  /** The same with all its tokens. */
  readonly id: string;
  readonly identity: Identity;
  /** When the token was made, epoch ms. */
  readonly issued: number;
  /** When the token ends, epoch ms. */
  readonly expires: number;
  /** No renewal goes beyond, epoch ms. */
  readonly ends: number;
}

export interface Sessions {
  /** Logs in; throws the contract's errors (auth §1.3). `clientAddress` counts towards the back-off. */
  open(username: string, password: string, clientAddress: string): Promise<Session>;
  /** Throws a `PlatformError` (401) when the token is not valid, is not of a session, or its session has ended. */
  read(token: string): Promise<Session>;
  /** The same session with a fresh token; throws as `read`. */
  renew(session: Session): Promise<Session>;
  /** When it resolves, none of the session's tokens is valid any more. */
  end(session: Session): Promise<void>;
}

/** The editor of a tenant, reachable only through the gateway. */
export interface EditorHost {
  /** Starts the tenant's process when it does not run. Resolves to the path of the unix socket its editor listens on. */
  socketOf(tenant: string): Promise<string>;
  /** Browser connections (websockets) of the tenant's editor now open; keeps the process alive while above zero. */
  connectionsChanged(tenant: string, open: number): void;
}
