/** The open websockets of editors, each bound to its user's session: Node-RED itself never ends one (design: editor, §4.1). */
import type { EditorHost } from '../../kit/directory.ts';
import type { Identity } from '../../kit/http/route.ts';

export interface EditorConnection {
  readonly identity: Identity;
  readonly close: () => void;
}

export interface EditorConnections {
  /** Keeps a connection until it closes, its session ends or its user logs out. The returned function forgets it. */
  add(connection: EditorConnection, expires: number): () => void;
  /** The user's session was renewed: his connections live as long as the new one. */
  extend(identity: Identity, expires: number): void;
  /** Ends all connections of a user: he logged out. Another browser of his that is still logged in connects again. */
  closeOf(identity: Identity): void;
  /** Ends those whose session is over at `now` (epoch ms). */
  closeExpired(now: number): void;
  closeAll(): void;
  count(): number;
}

export function editorConnections(editors: EditorHost): EditorConnections {
  /** Epoch ms at which each connection's session ends. */
  const open = new Map<EditorConnection, number>();
  const report = (tenant: string) => {
    editors.connectionsChanged(tenant, [...open.keys()].filter(({ identity }) => identity.tenant === tenant).length);
  };
  const closeWhere = (ends: (connection: EditorConnection, expires: number) => boolean) => {
    for (const [connection, expires] of [...open]) if (ends(connection, expires)) connection.close();
  };
  return {
    add(connection, expires) {
      open.set(connection, expires);
      report(connection.identity.tenant);
      return () => {
        if (open.delete(connection)) report(connection.identity.tenant);
      };
    },
    extend(identity, expires) {
      for (const connection of open.keys())
        if (isSameUser(connection.identity, identity)) open.set(connection, expires);
    },
    closeOf: (identity) => closeWhere((connection) => isSameUser(connection.identity, identity)),
    closeExpired: (now) => closeWhere((_, expires) => expires <= now),
    closeAll: () => closeWhere(() => true),
    count: () => open.size,
  };
}

function isSameUser(one: Identity, other: Identity): boolean {
  return one.tenant === other.tenant && one.username === other.username;
}
