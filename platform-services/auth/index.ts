/** Users, log-in and tokens. */
import type { Clock } from '../kit/clock.ts';
import type { LogIn, TokenVerifier } from '../kit/directory.ts';
import type { RouteGroup } from '../kit/http/route.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import type { Store } from '../kit/store/store.ts';
import { type AttemptLimitOptions, attemptLimits } from './attempt-limits.ts';
import { errors } from './errors.ts';
import { keyRing } from './key-ring.ts';
import { logInOperation } from './log-in.ts';
import { passwords, type RandomBytes } from './password.ts';
import { publicRoutes } from './routes.ts';
import { tokens } from './tokens.ts';
import type { NewUser } from './user-rules.ts';
import { openUsers } from './users.ts';

export type { NewUser } from './user-rules.ts';

export interface AuthNeeds {
  readonly store: Store;
  readonly clock: Clock;
  /** As `randomBytes` of `node:crypto`. */
  readonly random: RandomBytes;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options: {
    /** Life of a token. */
    readonly tokenLifetimeS: number;
    /** Of the first administrator; needed only while there is none. */
    readonly initialPassword?: string | undefined;
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
  /** Tenants that have a user. */
  tenants(): Promise<string[]>;
}

/** Opens its collection; `start` creates the first administrator when there is none (contract auth-gateway-pki §1.14). */
export async function auth({ store, clock, random, log, metrics, options }: AuthNeeds): Promise<Auth> {
  const { tokenLifetimeS, initialPassword, loginLimits } = options;
  const hashes = passwords(random);
  const users = await openUsers({ store, clock, random, passwords: hashes });
  const issued = tokens({ keys: keyRing(users), clock, random, lifetime: tokenLifetimeS });
  const limits = attemptLimits(clock, loginLimits);
  const logIn = logInOperation({ users, passwords: hashes, tokens: issued, limits, metrics });

  async function createAdministrator(): Promise<void> {
    if (await users.byUsername('admin')) return;
    if (initialPassword === undefined) throw errors.NO_INITIAL_PASSWORD();
    await users.add({
      username: 'admin',
      tenant: 'admin',
      name: 'Admin (superuser)',
      email: 'admin@noemail.com',
      profile: 'admin',
      password: initialPassword,
    });
    log.part('auth').info('the first administrator was created', { username: 'admin' });
  }

  return {
    name: 'auth',
    publicRoutes: [publicRoutes(logIn, limits)],
    verify: (token) => issued.verify(token),
    renew: (token) => issued.renew(token),
    logIn,
    addUser: async (user) => (await users.add(user)).number,
    tenants: () => users.tenants(),
    start: createAdministrator,
    stop: async () => undefined,
    health: () => store.ping(),
  };
}
