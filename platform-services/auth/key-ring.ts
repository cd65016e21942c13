import { createSecretKey, type KeyObject } from 'node:crypto';
import type { User, Users } from './users.ts';

export interface KnownKey {
  readonly user: User;
  readonly secret: KeyObject;
}

/**
 * What tokens are signed with: made from the installation's secret and the token's `iss`, so that whoever copies the users
 * from the disk can sign nothing.
 */
export type SigningKey = (issuer: string) => Buffer;

/** The keys of users, cached, so that checking a token reads nothing from the store. */
export interface KeyRing {
  /** By `iss`; undefined when no user has this key. */
  find(key: string): Promise<KnownKey | undefined>;
  of(user: User): KeyObject;
  /** Keys were replaced. */
  clear(): void;
}

/** `size`: most users kept. Unknown keys are not kept, so a flood of forged tokens displaces nobody. */
export function keyRing(users: Users, signingKey: SigningKey, size = 10_000): KeyRing {
  const known = new Map<string, KnownKey>();
  const remember = (user: User): KnownKey => {
    const entry = { user, secret: createSecretKey(signingKey(user.key)) };
    if (known.size >= size) known.clear();
    known.set(user.key, entry);
    return entry;
  };
  return {
    async find(key) {
      const present = known.get(key);
      if (present) return present;
      const user = await users.byKey(key);
      return user && remember(user);
    },
    of: (user) => (known.get(user.key) ?? remember(user)).secret,
    clear: () => known.clear(),
  };
}
