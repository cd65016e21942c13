/** Users, log-in and tokens. */
import type { Clock } from '../kit/clock.ts';
import type { Sessions, TokenVerifier } from '../kit/directory.ts';
import type { RouteGroup } from '../kit/http/route.ts';
import type { Log } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Service } from '../kit/service.ts';
import type { Store } from '../kit/store/store.ts';
import { type AdministratorPassword, settleAdministrator } from './administrator.ts';
import { type AttemptLimitOptions, attemptLimits } from './attempt-limits.ts';
import { openEndedSessions } from './ended-sessions.ts';
import { keyRing, type SigningKey } from './key-ring.ts';
import { authentication } from './log-in.ts';
import { passwords, type RandomBytes } from './password.ts';
import { type LogIn, publicRoutes } from './routes.ts';
import { browserSessions } from './sessions.ts';
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
    /** Longest life of a browser's session, however often its token is renewed. */
    readonly sessionLifetimeS: number;
    /** Of the administrator while there is none or he has the default one. */
    readonly adminPassword?: string | undefined;
    /** Whether others than this machine can reach the platform: then nobody may have the default password. */
    readonly exposed: boolean;
    readonly loginLimits: AttemptLimitOptions;
  };
}

export interface Auth extends Service, TokenVerifier {
  /** Routes to be served without a token. */
  readonly publicRoutes: readonly RouteGroup[];
  /** A token for programs, as `POST /auth` answers. */
  readonly logIn: LogIn;
  /** Those of browsers. */
  readonly sessions: Sessions;
  /** Resolves to the new user's id; throws `INVALID_USER` with a sentence for the person who asked. */
  addUser(user: NewUser): Promise<number>;
  /** Ends all tokens of the user; throws `INVALID_USER` as `addUser`. */
  setPassword(username: string, password: string): Promise<void>;
  /** After `start`. */
  administratorPassword(): AdministratorPassword;
  /** Tenants that have a user. */
  tenants(): Promise<string[]>;
}

/** Opens its collections; `start` sees to the first administrator (contract auth-gateway-pki §1.14). */
export async function auth(needs: AuthNeeds): Promise<Auth> {
  const { store, clock, random, signingKey, metrics } = needs;
  const { tokenLifetimeS, sessionLifetimeS, adminPassword, exposed, loginLimits } = needs.options;
  const log = needs.log.part('auth');
  const hashes = passwords(random);
  const users = await openUsers({ store, clock, random, passwords: hashes });
  const keys = keyRing(users, signingKey);
  const ended = await openEndedSessions({ store, clock });
  const issued = tokens({ keys, ended, clock, random, lifetime: tokenLifetimeS * 1000 });
  const limits = attemptLimits(clock, loginLimits);
  const authenticate = authentication({ users, passwords: hashes, limits, metrics });
  const logIn: LogIn = async (...credentials) => issued.sign(await authenticate(...credentials));
  const longest = sessionLifetimeS * 1000;

  let administrator: AdministratorPassword | undefined;

  return {
    name: 'auth',
    publicRoutes: [publicRoutes(logIn, limits)],
    // The user's own data, not the claims: a user who has moved to another tenant takes old tokens along.
    async verify(token) {
      const { tenant, username, number } = (await issued.verify(token)).user;
      return { tenant, username, userId: number };
    },
    logIn,
    sessions: browserSessions({ authenticate, tokens: issued, ended, clock, random, longest }),
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
