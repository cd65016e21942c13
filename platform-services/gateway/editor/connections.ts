/** The open websockets of editors, each bound to its session: Node-RED itself never ends one (design: editor, §4.1). */
import type { EditorHost, Session } from '../../kit/directory.ts';

export interface EditorConnection {
  readonly session: Session;
  readonly close: () => void;
}

export interface KeptConnection {
  /** The editor has taken it: from now on it is counted. */
  opened(): void;
  /** It has closed. */
  forget(): void;
}

export interface EditorConnections {
  /** Keeps a connection, also one that is only being made, until it closes or its session ends. */
  add(connection: EditorConnection): KeptConnection;
  /** A session was renewed: its connections live as long as the new token. */
  extend(session: Session): void;
  /** Ends the connections of a session: its user logged out. Those of his other browsers go on. */
  closeOf(session: Session): void;
  /** Ends those whose session is over at `now` (epoch ms). */
  closeExpired(now: number): void;
  closeAll(): void;
  /** Of those the editors have taken. */
  count(): number;
}

export function editorConnections(editors: EditorHost): EditorConnections {
  /** Epoch ms at which each connection's session ends. */
  const kept = new Map<EditorConnection, number>();
  const open = new Set<EditorConnection>();
  const report = ({ identity: { tenant } }: Session) => {
    const ofTenant = [...open].filter(({ session }) => session.identity.tenant === tenant);
    editors.connectionsChanged(tenant, ofTenant.length);
  };
  const closeWhere = (ends: (connection: EditorConnection, expires: number) => boolean) => {
    for (const [connection, expires] of [...kept]) if (ends(connection, expires)) connection.close();
  };
  return {
    add(connection) {
      kept.set(connection, connection.session.expires);
      return {
        opened() {
          open.add(connection);
          report(connection.session);
        },
        forget() {
          kept.delete(connection);
          if (open.delete(connection)) report(connection.session);
        },
      };
    },
    extend({ id, expires }) {
      for (const connection of kept.keys()) if (connection.session.id === id) kept.set(connection, expires);
    },
    closeOf: ({ id }) => closeWhere(({ session }) => session.id === id),
    closeExpired: (now) => closeWhere((_, expires) => expires <= now),
    closeAll: () => closeWhere(() => true),
    count: () => open.size,
  };
}
