import { createSecretKey, type KeyObject } from 'node:crypto';
import type { User, Users } from './users.ts';

export interface KnownKey {
  readonly user: User;
  readonly secret: KeyObject;
}

/** The verification keys of users, cached, so that checking a token reads nothing from the store. */
export interface KeyRing {
  /** By `iss`; undefined when no user has this key. */
  find(key: string): Promise<KnownKey | undefined>;
}

/** `size`: most users kept. Unknown keys are not kept, so a flood of forged tokens displaces nobody. */
export function keyRing(users: Users, size = 10_000): KeyRing {
  const known = new Map<string, KnownKey>();
  return {
    async find(key) {
      const present = known.get(key);
      if (present) return present;
      const user = await users.byKey(key);
      if (!user) return undefined;
      const entry = { user, secret: createSecretKey(user.secret, 'utf8') };
      if (known.size >= size) known.clear();
      known.set(key, entry);
      return entry;
    },
  };
}
