/** `/editor/…`: admission, renewal of the session, forwarding, and what a person sees while the editor is not there. */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { editorRoot, editorTenant } from '../../../contract/editor.ts';
import type { Clock } from '../../kit/clock.ts';
import type { EditorHost, Session } from '../../kit/directory.ts';
import { isPlatformError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import type { BodyBudget } from '../body-budget.ts';
import { isSecure } from '../client-address.ts';
import { renderGatewayError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { type LogOutNeeds, logOut } from '../log-out.ts';
import { strictHeaders } from '../security-headers.ts';
import { send } from '../send.ts';
import { isDueForRenewal, sessionCookie, sessionOf } from '../session.ts';
import { admit, isPage } from './admission.ts';
import { forward } from './http.ts';
import { logInElsewhere } from './session-over.ts';

export interface EditorNeeds extends LogOutNeeds {
  readonly editors: EditorHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly bodies: BodyBudget;
  /** The page that reloads itself until the editor is there. */
  readonly waitingPage: string;
}

export function editorProxy(needs: EditorNeeds): RequestHandler {
  const renewal = sessionRenewal(needs);
  return async (request, response, next) => {
    // Below this point the URL is the one the browser sent: a tenant's editor knows its own prefix.
    request.url = request.originalUrl;
    try {
      if (editorTenant(request.url) === undefined) {
        const session = await sessionOf(request.headers, needs.sessions);
        response.redirect(302, session ? `${editorRoot(session.identity.tenant)}/` : '/');
        return;
      }
      const credentials = credentialsAction(request);
      if (credentials === 'POST revoke') {
        // Where the editor goes next is for the answer to say (`RED.user.logout`).
        const headers = await logOut(request.headers, needs);
        send(request, response, { status: 200, headers, body: { redirect: '/' } });
        return;
      }
      if (credentials === 'GET login') {
        send(request, response, { status: 200, body: logInElsewhere });
        return;
      }
      const admission = await admit(request, needs.sessions, needs.trustProxy);
      const session = await renewal(admission.session);
      if (session !== admission.session) {
        const cookie = sessionCookie(session, needs.clock.now(), isSecure(request.headers, needs.trustProxy));
        response.setHeader('Set-Cookie', cookie);
      }
      await forward(request, response, { ...admission, session }, needs);
    } catch (error) {
      if (response.destroyed) return;
      if (isPage(request) && isPlatformError(error, 'UNAUTHORIZED')) {
        response.redirect(302, '/');
        return;
      }
      const known = failureOf(error, request, needs.log);
      // Half an answer is sent: only a broken connection can tell the browser that the rest does not come.
      if (response.headersSent) response.destroy();
      else if (isPage(request) && isPlatformError(known, 'EDITOR_STARTING')) {
        strictHeaders(request, response, (failure) => (failure ? next(failure) : sendWaitingPage(response, needs)));
      } else send(request, response, renderGatewayError(known));
    }
  };
}

/** How the editor's user logs in and out is ours to answer: a tenant's process knows no sessions. */
function credentialsAction({ method, url }: IncomingMessage): string | undefined {
  const action = /^\/editor\/[^/]+\/auth\/(\w+)(\?|$)/.exec(url ?? '')?.[1];
  return action && `${method} ${action}`;
}

function sendWaitingPage(response: Response, needs: EditorNeeds): void {
  response.status(503).set({ 'Retry-After': '1', 'Cache-Control': 'no-store' }).type('html').send(needs.waitingPage);
}

/** Renews a session in its second half; one that cannot be renewed goes on until it expires. */
function sessionRenewal({ sessions, connections, clock, log }: EditorNeeds) {
  return async (session: Session): Promise<Session> => {
    if (!isDueForRenewal(session, clock.now())) return session;
    try {
      const renewed = await sessions.renew(session);
      connections.extend(renewed);
      return renewed;
    } catch (error) {
      log.warn('a session could not be renewed', { username: session.identity.username, error });
      return session;
    }
  };
}
