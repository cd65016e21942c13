/** Tokens: making and checking (contract auth-gateway-pki §1.3 "Token", §2.5, §2.7). */
import { decodeJwt, decodeProtectedHeader, type JWTPayload, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../kit/clock.ts';
import type { Identity } from '../kit/http/route.ts';
import { tokenErrors } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import type { RandomBytes } from './password.ts';
import type { User } from './users.ts';

export interface Tokens {
  sign(user: User): Promise<string>;
  /** Throws the errors of §2.7 in their order. */
  verify(token: string): Promise<Identity>;
  /** A fresh token for the user of a valid one. */
  renew(token: string): Promise<string>;
}

interface Needs {
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** s */
  readonly lifetime: number;
}

const algorithm = 'HS256';
/** What a token may name at all; of these only ours is accepted (§2.7 tells the two cases apart). */
const knownAlgorithms: ReadonlySet<unknown> = new Set(
  ['HS', 'RS', 'ES', 'PS'].flatMap((family) => [`${family}256`, `${family}384`, `${family}512`]),
);

export function tokens({ keys, clock, random, lifetime }: Needs): Tokens {
  async function verifiedUser(token: string): Promise<User> {
    const issuer = readIssuer(token);
    const known = await keys.find(issuer);
    if (!known) throw tokenErrors.UNKNOWN_ISSUER();
    if (decodeProtectedHeader(token).alg !== algorithm) throw tokenErrors.INVALID_ALGORITHM();
    try {
      const currentDate = new Date(clock.now());
      await jwtVerify(token, known.secret, { algorithms: [algorithm], currentDate, requiredClaims: ['exp'] });
    } catch (error) {
      throw asTokenError(error);
    }
    return known.user;
  }

  async function sign(user: User): Promise<string> {
    const now = Math.floor(clock.now() / 1000);
    const { key, number, username, tenant, profile, groups } = user;
    return new SignJWT({ profile, groups, userid: number, service: tenant, username })
      .setProtectedHeader({ typ: 'JWT', alg: algorithm })
      .setIssuer(key)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .setJti(random(16).toString('hex'))
      .sign(keys.of(user));
  }

  return {
    sign,
    // The user's own data, not the claims: a user who has moved to another tenant takes old tokens along.
    async verify(token) {
      const { tenant, username, number } = await verifiedUser(token);
      return { tenant, username, userId: number };
    },
    renew: async (token) => sign(await verifiedUser(token)),
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
