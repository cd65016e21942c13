/** Tokens: making and checking (contract auth-gateway-pki §1.3 "Token", §2.5, §2.7). */
import type { KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../kit/clock.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { tokenErrors } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import type { RandomBytes } from './password.ts';
import type { User } from './users.ts';

/** The session a token is of. */
export interface TokenSession {
  /** The same in all its tokens. */
  readonly id: string;
  /** Epoch ms; whole seconds. */
  readonly started: number;
}

export interface VerifiedToken {
  readonly user: User;
  /** Epoch ms. */
  readonly issued: number;
  readonly expires: number;
  /** Absent: a program's token, which is never renewed. */
  readonly session?: TokenSession;
}

export interface Tokens {
  /** How long a token is valid, ms. */
  readonly lifetime: number;
  /** `notAfter` (epoch ms): a token of a session is valid no longer. */
  sign(user: User, of?: { readonly session: TokenSession; readonly notAfter: number }): Promise<string>;
  /** Throws the errors of §2.7 in their order, and `SESSION_ENDED`. */
  verify(token: string): Promise<VerifiedToken>;
}

interface Needs {
  readonly keys: KeyRing;
  readonly ended: Pick<EndedSessions, 'has'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** ms */
  readonly lifetime: number;
}

/** Our claims beside those of the contract, with the names OpenID Connect gives them. */
const sessionClaims = z.object({ sid: z.string(), auth_time: z.number() });
const algorithm = 'HS256';
/** What a token may name at all; of these only ours is accepted (§2.7 tells the two cases apart). */
const knownAlgorithms: ReadonlySet<unknown> = new Set(
  ['HS', 'RS', 'ES', 'PS'].flatMap((family) => [`${family}256`, `${family}384`, `${family}512`]),
);

export function tokens({ keys, ended, clock, random, lifetime }: Needs): Tokens {
  async function verify(token: string): Promise<VerifiedToken> {
    const issuer = readIssuer(token);
    const known = await keys.find(issuer);
    if (!known) throw tokenErrors.UNKNOWN_ISSUER();
    if (decodeProtectedHeader(token).alg !== algorithm) throw tokenErrors.INVALID_ALGORITHM();
    const { exp = 0, iat = exp, ...claims } = await checkedClaims(token, known.secret);
    const verified = { user: known.user, issued: iat * 1000, expires: exp * 1000 };
    const { data } = sessionClaims.safeParse(claims);
    if (!data) return verified;
    if (ended.has(data.sid)) throw tokenErrors.SESSION_ENDED();
    return { ...verified, session: { id: data.sid, started: data.auth_time * 1000 } };
  }

  async function checkedClaims(token: string, secret: KeyObject): Promise<JWTPayload> {
    const currentDate = new Date(clock.now());
    try {
      return (await jwtVerify(token, secret, { algorithms: [algorithm], currentDate, requiredClaims: ['exp'] }))
        .payload;
    } catch (error) {
      throw asTokenError(error);
    }
  }

  return {
    lifetime,
    verify,
    async sign(user, of) {
      const now = clock.now();
      const expires = Math.min(now + lifetime, of?.notAfter ?? Number.POSITIVE_INFINITY);
      const { key, number, username, tenant, profile, groups } = user;
      const session = of ? { sid: of.session.id, auth_time: of.session.started / 1000 } : {};
      return new SignJWT({ profile, groups, userid: number, service: tenant, username, ...session })
        .setProtectedHeader({ typ: 'JWT', alg: algorithm })
        .setIssuer(key)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.floor(expires / 1000))
        .setJti(random(16).toString('hex'))
        .sign(keys.of(user));
    },
  };
}

/** Reads without trusting: only to find the key the signature is checked with. */
function readIssuer(token: string): string {
  const { header, claims } = decode(token);
  if (!knownAlgorithms.has(header.alg)) throw tokenErrors.UNDECODABLE('alg');
  const issuer: unknown = claims.iss ?? header.iss;
  if ((issuer ?? null) === null) throw tokenErrors.NO_ISSUER();
  if (typeof issuer !== 'string' || issuer === '') throw tokenErrors.INVALID_ISSUER();
  return issuer;
}

function decode(token: string): { header: Record<string, unknown>; claims: JWTPayload } {
  try {
    if (token.split('.').length !== 3) throw tokenErrors.UNDECODABLE('JSON');
    return { header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) };
  } catch {
    // Whatever the parser disliked is said in one sentence; the token itself must not get into a log.
    throw tokenErrors.UNDECODABLE('JSON');
  }
}

function asTokenError(error: unknown): unknown {
  if (error instanceof joseErrors.JWSSignatureVerificationFailed) return tokenErrors.INVALID_SIGNATURE();
  if (error instanceof joseErrors.JWTExpired) return tokenErrors.TOKEN_EXPIRED();
  if (error instanceof joseErrors.JOSEError) return tokenErrors.UNDECODABLE('claims');
  return error;
}
