/** The browser's session: a token in a cookie that scripts cannot read and other sites cannot use. */
import type { IncomingHttpHeaders } from 'node:http';
import { decodeJwt } from 'jose';
import type { TokenVerifier } from '../kit/directory.ts';
import { isPlatformError } from '../kit/errors.ts';
import type { Identity } from '../kit/http/route.ts';

const cookieName = 'dojot-session';

export interface Session {
  readonly token: string;
  readonly identity: Identity;
  /** Epoch ms. */
  readonly issued: number;
  /** Epoch ms. */
  readonly expires: number;
}

/** The token of the session cookie; undefined when there is none. */
export function sessionToken(headers: IncomingHttpHeaders): string | undefined {
  const found = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${cookieName}=`));
  return found?.slice(cookieName.length + 1) || undefined;
}

/** The session a request belongs to; undefined when it has none or one that has ended. */
export async function sessionOf(headers: IncomingHttpHeaders, tokens: TokenVerifier): Promise<Session | undefined> {
  const token = sessionToken(headers);
  if (token === undefined) return undefined;
  try {
    return await openSession(token, tokens);
  } catch (error) {
    if (isPlatformError(error) && error.status === 401) return undefined;
    throw error;
  }
}

/** Throws what the verifier throws. */
export async function openSession(token: string, tokens: TokenVerifier): Promise<Session> {
  const identity = await tokens.verify(token);
  const { exp = 0, iat = exp } = decodeJwt(token);
  return { token, identity, issued: iat * 1000, expires: exp * 1000 };
}

/** More than half of the session's life is over: what is used now is renewed. */
export function isDueForRenewal(session: Session, now: number): boolean {
  return now - session.issued > session.expires - now;
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
