/** The browser's session: a token in a cookie that scripts cannot read and other sites cannot use. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Session, Sessions } from '../kit/directory.ts';
import { isPlatformError } from '../kit/errors.ts';

const cookieName = 'dojot-session';

/** The token of the session cookie; undefined when there is none. */
export function sessionToken(headers: IncomingHttpHeaders): string | undefined {
  const found = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${cookieName}=`));
  return found?.slice(cookieName.length + 1) || undefined;
}

/** The session a request belongs to; undefined when it has none or one that has ended. */
export async function sessionOf(headers: IncomingHttpHeaders, sessions: Sessions): Promise<Session | undefined> {
  const token = sessionToken(headers);
  if (token === undefined) return undefined;
  try {
    return await sessions.read(token);
  } catch (error) {
    if (isPlatformError(error) && error.status === 401) return undefined;
    throw error;
  }
}

/** More than half of the token's life is over, and a new one would live longer. */
export function isDueForRenewal({ issued, expires, ends }: Session, now: number): boolean {
  return now - issued > expires - now && expires < ends;
}

/** The `Set-Cookie` that keeps a session until its token expires. */
export function sessionCookie(session: Session, now: number, secure: boolean): string {
  return cookie(session.token, Math.max(0, Math.ceil((session.expires - now) / 1000)), secure);
}

/** The `Set-Cookie` that ends it. */
export function endedCookie(secure: boolean): string {
  return cookie('', 0, secure);
}

function cookie(value: string, maxAge: number, secure: boolean): string {
  const text = `${cookieName}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict`;
  return secure ? `${text}; Secure` : text;
}
