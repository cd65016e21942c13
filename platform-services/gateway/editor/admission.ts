/** Who may enter a tenant's editor: the holder of a session of that tenant, coming from our own pages. */
import type { IncomingMessage } from 'node:http';
import { editorTenant } from '../../../contract/editor.ts';
import type { Session, Sessions } from '../../kit/directory.ts';
import { gatewayErrors } from '../errors.ts';
import { isNotForeign, isSameOrigin } from '../same-origin.ts';
import { sessionOf } from '../session.ts';

export interface Admission {
  readonly tenant: string;
  readonly session: Session;
}

/**
 * Throws `UNAUTHORIZED` without a valid session, `FOREIGN_EDITOR` with one of another tenant, `CROSS_ORIGIN` when another
 * site wants to change something or to open a websocket.
 */
export async function admit(request: IncomingMessage, sessions: Sessions, trustProxy: boolean): Promise<Admission> {
  const tenant = editorTenant(request.url);
  const session = await sessionOf(request.headers, sessions);
  if (!session) throw gatewayErrors.UNAUTHORIZED();
  if (session.identity.tenant !== tenant) throw gatewayErrors.FOREIGN_EDITOR();
  const isSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
  const reads = (request.method === 'GET' || request.method === 'HEAD') && !isSocket;
  // A link on another site may open the editor: that is a navigation and only reads.
  const allowed = reads && isPage(request) ? true : (reads ? isNotForeign : isSameOrigin)(request.headers, trustProxy);
  if (!allowed) throw gatewayErrors.CROSS_ORIGIN();
  return { tenant, session };
}

/** A person opens a page, in contrast to a script that fetches data. */
export function isPage(request: IncomingMessage): boolean {
  const mode = request.headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate';
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
}
