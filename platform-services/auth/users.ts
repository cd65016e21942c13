/** Users of all tenants (contract auth-gateway-pki §1.1, §1.5). */
import type { Clock } from '../kit/clock.ts';
import { isPlatformError } from '../kit/errors.ts';
import type { Store } from '../kit/store/store.ts';
import { errors } from './errors.ts';
import type { PasswordHash, Passwords, RandomBytes } from './password.ts';
import { checkUser, type NewUser } from './user-rules.ts';

export interface User {
  /** `number` as text. */
  readonly id: string;
  readonly number: number;
  readonly username: string;
  readonly tenant: string;
  readonly name: string;
  readonly email: string;
  readonly profile: string;
  /** Ids of groups: 1 `admin`, 2 `user`. */
  readonly groups: readonly number[];
  /** Epoch ms. */
  readonly created: number;
  /** Absent: the account cannot be used yet. */
  readonly password?: PasswordHash;
  /** `iss` of the user's tokens; a new one ends them all. What they are signed with is made from it and never stored. */
  readonly key: string;
}

export interface Users {
  /** Throws `INVALID_USER` when a field breaks a rule or username or e-mail is in use. */
  add(user: NewUser): Promise<User>;
  /** With a new key, so that the tokens of the old password end. Throws `INVALID_USER` when there is no such user. */
  setPassword(username: string, password: string): Promise<void>;
  byUsername(username: string): Promise<User | undefined>;
  byKey(key: string): Promise<User | undefined>;
  /** Distinct tenants. */
  tenants(): Promise<string[]>;
}

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
}

/** User names are unique over all tenants, so all users live under one name that no tenant can have. */
const everybody = 'dojot-users';
/** The groups of the initial data, of which a profile names the first (§1.5, §1.14). */
const groupIds: Readonly<Record<string, number>> = { admin: 1, user: 2 };

export async function openUsers({ store, clock, random, passwords }: Needs): Promise<Users> {
  const users = await store.collection<User>('users', {
    indexes: [
      { fields: ['username'], unique: true },
      { fields: ['email'], unique: true },
      { fields: ['key'], unique: true },
    ],
  });

  const find = async (field: 'username' | 'email' | 'key', value: string) => {
    const [found] = await users.find(everybody, { [field]: value }, { limit: 1 });
    return found;
  };

  async function refuseTaken({ username, email }: NewUser): Promise<void> {
    if (await find('username', username)) throw errors.INVALID_USER(`Username ${username} is in use.`);
    if (await find('email', email)) throw errors.INVALID_USER(`E-mail ${email} is in use.`);
  }

  return {
    async add(user) {
      checkUser(user);
      const { tenant, username, name, email, profile } = user;
      await refuseTaken(user);
      const password = user.password === undefined ? {} : { password: await passwords.hash(user.password) };
      const number = await store.increment(everybody, 'users');
      const group = Object.hasOwn(groupIds, profile) ? groupIds[profile] : undefined;
      const document: User = {
        id: String(number),
        number,
        username,
        tenant,
        name,
        email,
        profile,
        groups: group === undefined ? [] : [group],
        created: clock.now(),
        ...password,
        key: alphanumeric(random, 32),
      };
      try {
        await users.insert(everybody, document);
      } catch (error) {
        // Somebody may have taken name or e-mail while the password was hashed.
        if (isPlatformError(error, 'DUPLICATE')) await refuseTaken(user);
        throw error;
      }
      return document;
    },
    async setPassword(username, password) {
      if (password === '') throw errors.INVALID_USER('Missing password');
      const hash = await passwords.hash(password);
      const found = await find('username', username);
      if (!found) throw errors.INVALID_USER(`There is no user ${username}.`);
      const document = { ...found.document, password: hash, key: alphanumeric(random, 32) };
      await users.replace(everybody, document, found.revision);
    },
    byUsername: async (username) => (await find('username', username))?.document,
    byKey: async (key) => (await find('key', key))?.document,
    async tenants() {
      const all = await users.find(everybody);
      return [...new Set(all.map(({ document }) => document.tenant))];
    },
  };
}

/** 62 symbols; bytes above 247 are skipped, so that all are equally likely. */
function alphanumeric(random: RandomBytes, length: number): string {
  const symbols = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) if (byte < 248) text += symbols[byte % 62];
  }
  return text.slice(0, length);
}
