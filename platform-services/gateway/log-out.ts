/** The end of a browser's session: asked for by our own pages (`DELETE /session`) or by the editor's menu. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Sessions } from '../kit/directory.ts';
import { isSecure } from './client-address.ts';
import type { EditorConnections } from './editor/connections.ts';
import { gatewayErrors } from './errors.ts';
import { isSameOrigin } from './same-origin.ts';
import { endedCookie, sessionOf } from './session.ts';

export interface LogOutNeeds {
  readonly sessions: Sessions;
  readonly connections: EditorConnections;
  readonly trustProxy: boolean;
}

/**
 * Ends the session of a request, if it has one, and the editors open in it. Resolves to the headers of the answer: the
 * browser forgets its cookie. Throws `CROSS_ORIGIN`: a foreign page must not log a visitor out.
 */
export async function logOut(headers: IncomingHttpHeaders, needs: LogOutNeeds): Promise<{ 'Set-Cookie': string }> {
  const { sessions, connections, trustProxy } = needs;
  if (!isSameOrigin(headers, trustProxy)) throw gatewayErrors.CROSS_ORIGIN();
  const session = await sessionOf(headers, sessions);
  if (session) {
    await sessions.end(session);
    connections.closeOf(session);
  }
  return { 'Set-Cookie': endedCookie(isSecure(headers, trustProxy)) };
}
