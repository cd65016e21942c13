/** Users, log-in and tokens. */
import type { Clock } from '../kit/clock.ts';
import type { LogIn, TokenVerifier } from '../kit/directory.ts';
import type { RouteGroup } from '../kit/http/route.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import type { Store } from '../kit/store/store.ts';
import { type AdministratorPassword, settleAdministrator } from './administrator.ts';
import { type AttemptLimitOptions, attemptLimits } from './attempt-limits.ts';
import { keyRing, type SigningKey } from './key-ring.ts';
import { logInOperation } from './log-in.ts';
import { passwords, type RandomBytes } from './password.ts';
import { publicRoutes } from './routes.ts';
import { tokens } from './tokens.ts';
import type { NewUser } from './user-rules.ts';
import { openUsers } from './users.ts';

export type { AdministratorPassword } from './administrator.ts';
export type { NewUser } from './user-rules.ts';

export interface AuthNeeds {
  readonly store: Store;
  readonly clock: Clock;
  /** As `randomBytes` of `node:crypto`. */
  readonly random: RandomBytes;
  /** 32 bytes for each `iss`, the same on every start. */
  readonly signingKey: SigningKey;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: {
    /** Life of a token. */
    readonly tokenLifetimeS: number;
    /** Of the administrator while there is none or he has the default one. */
    readonly adminPassword?: string | undefined;
    /** Whether others than this machine can reach the platform: then nobody may have the default password. */
    readonly exposed: boolean;
    readonly loginLimits: AttemptLimitOptions;
  };
}

export interface Auth extends Service, TokenVerifier, LogIn {
  /** Routes to be served without a token. They read the client's address from the header `x-client-address`. */
  readonly publicRoutes: readonly RouteGroup[];
  /** A fresh token for the user of a valid one; throws as `verify`. */
  renew(token: string): Promise<string>;
  /** Resolves to the new user's id; throws `INVALID_USER` with a sentence for the person who asked. */
  addUser(user: NewUser): Promise<number>;
  /** Ends all tokens of the user; throws `INVALID_USER` as `addUser`. */
  setPassword(username: string, password: string): Promise<void>;
  /** After `start`. */
  administratorPassword(): AdministratorPassword;
  /** Tenants that have a user. */
  tenants(): Promise<string[]>;
}

/** Opens its collection; `start` sees to the first administrator (contract auth-gateway-pki §1.14). */
export async function auth(needs: AuthNeeds): Promise<Auth> {
  const { store, clock, random, signingKey, metrics } = needs;
  const { tokenLifetimeS, adminPassword, exposed, loginLimits } = needs.options;
  const log = needs.log.part('auth');
  const hashes = passwords(random);
  const users = await openUsers({ store, clock, random, passwords: hashes });
  const keys = keyRing(users, signingKey);
  const issued = tokens({ keys, clock, random, lifetime: tokenLifetimeS });
  const limits = attemptLimits(clock, loginLimits);
  const logIn = logInOperation({ users, passwords: hashes, tokens: issued, limits, metrics });

  let administrator: AdministratorPassword | undefined;

  return {
    name: 'auth',
    publicRoutes: [publicRoutes(logIn, limits)],
    verify: (token) => issued.verify(token),
    renew: (token) => issued.renew(token),
    logIn,
    addUser: async (user) => (await users.add(user)).number,
    async setPassword(username, password) {
      await users.setPassword(username, password);
      keys.clear();
    },
    administratorPassword() {
      if (administrator === undefined) throw new Error('auth has not been started');
      return administrator;
    },
    tenants: () => users.tenants(),
    async start() {
      administrator = await settleAdministrator({ users, passwords: hashes, log, given: adminPassword, exposed });
    },
    stop: async () => undefined,
    health: () => store.ping(),
  };
}
