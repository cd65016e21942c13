/** `/editor/…`: admission, renewal of the session, forwarding, and what a person sees while the editor is not there. */
import type { RequestHandler, Response } from 'express';
import type { Clock } from '../../kit/clock.ts';
import type { EditorHost, TokenVerifier } from '../../kit/directory.ts';
import { isPlatformError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import type { BodyBudget } from '../body-budget.ts';
import { isSecure } from '../client-address.ts';
import { gatewayErrors, internalError, renderGatewayError } from '../errors.ts';
import { requestIdOf } from '../request-id.ts';
import { strictHeaders } from '../security-headers.ts';
import { send } from '../send.ts';
import { isDueForRenewal, openSession, type Session, sessionCookie, sessionOf } from '../session.ts';
import { admit, editorTenant, isPage } from './admission.ts';
import type { EditorConnections } from './connections.ts';
import { forward } from './http.ts';

export interface EditorNeeds {
  readonly tokens: TokenVerifier;
  readonly renew: (token: string) => Promise<string>;
  readonly editors: EditorHost;
  readonly connections: EditorConnections;
  readonly clock: Clock;
  readonly log: Log;
  readonly trustProxy: boolean;
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
        const session = await sessionOf(request.headers, needs.tokens);
        response.redirect(302, session ? `/editor/${session.identity.tenant}/` : '/');
        return;
      }
      const admission = await admit(request, needs.tokens, needs.trustProxy);
      const session = await renewal(admission.session);
      if (session !== admission.session) {
        const cookie = sessionCookie(session, needs.clock.now(), isSecure(request.headers, needs.trustProxy));
        response.setHeader('Set-Cookie', cookie);
      }
      await forward(request, response, { ...admission, session }, needs);
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      if (isPage(request) && isPlatformError(error, 'UNAUTHORIZED')) {
        response.redirect(302, '/');
        return;
      }
      const known = isPlatformError(error) ? error : internalError(error, requestIdOf(request));
      if (known.code === 'INTERNAL') needs.log.error('the editor failed', { requestId: requestIdOf(request), error });
      if (isPage(request) && known.status === gatewayErrors.EDITOR_STARTING().status) {
        strictHeaders(request, response, (failure) => (failure ? next(failure) : sendWaitingPage(response, needs)));
        return;
      }
      send(request, response, renderGatewayError(known));
    }
  };
}

function sendWaitingPage(response: Response, needs: EditorNeeds): void {
  response.status(503).set({ 'Retry-After': '1', 'Cache-Control': 'no-store' }).type('html').send(needs.waitingPage);
}

/** Renews a session in its second half; one that cannot be renewed goes on until it expires. */
function sessionRenewal({ tokens, renew, connections, clock, log }: EditorNeeds) {
  return async (session: Session): Promise<Session> => {
    if (!isDueForRenewal(session, clock.now())) return session;
    try {
      const renewed = await openSession(await renew(session.token), tokens);
      connections.extend(renewed.identity, renewed.expires);
      return renewed;
    } catch (error) {
      log.warn('a session could not be renewed', { username: session.identity.username, error });
      return session;
    }
  };
}
