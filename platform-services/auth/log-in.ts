/** Whose password it is: the check behind every log-in, with its back-off. */
import { isPlatformError } from '../kit/errors.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Attempt, AttemptLimits, LimitKey } from './attempt-limits.ts';
import { errors } from './errors.ts';
import type { Passwords } from './password.ts';
import type { User, Users } from './users.ts';

interface Needs {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly limits: AttemptLimits;
  readonly metrics: Metrics;
}

/** Resolves to the user whose password it is; throws the errors of contract auth-gateway-pki §1.3, also in the time they take alike. */
export type Authenticate = (username: string, password: string, clientAddress: string) => Promise<User>;

export function authentication({ users, passwords, limits, metrics }: Needs): Authenticate {
  const count = (result: string) => metrics.counter('dojot_log_ins_total', 'Attempts to log in.', { result });
  const [succeeded, failed, limited] = [count('success'), count('failure'), count('limited')];

  return async (username, password, clientAddress) => {
    const name = username.toLowerCase();
    const attempt = await beginAttempt(name, clientAddress);
    try {
      const user = await holder(name, password);
      attempt.passed();
      succeeded.add();
      return user;
    } catch (error) {
      // Only a guess that was wrong counts; a busy or broken platform is not the client's failure.
      if (isRefused(error)) {
        attempt.failed();
        failed.add();
      } else attempt.passed();
      throw error;
    }
  };

  async function beginAttempt(username: string, clientAddress: string): Promise<Attempt> {
    try {
      return await limits.begin(limitKeys(username, clientAddress));
    } catch (error) {
      limited.add();
      throw error;
    }
  }

  async function holder(username: string, password: string): Promise<User> {
    const user = await find(username);
    const matches = await passwords.matches(password, user?.password);
    if (!user) throw errors.UNKNOWN_USER();
    if (!user.password) throw errors.INACTIVE_USER();
    if (!matches) throw errors.WRONG_PASSWORD();
    return user;
  }

  async function find(username: string): Promise<User | undefined> {
    try {
      return await users.byUsername(username);
    } catch (error) {
      throw isPlatformError(error, 'STORE_UNAVAILABLE') ? errors.DATABASE() : error;
    }
  }
}

/** Guesses at one user from everywhere end later than those from one place, so that locking somebody out takes more. */
const userFactor = 4;

/** A user name of any length is one key of bounded size. */
export function limitKeys(username: string, clientAddress: string): LimitKey[] {
  return [
    { name: `address ${clientAddress}`, factor: 1 },
    { name: `user ${username.toLowerCase().slice(0, 64)}`, factor: userFactor },
  ];
}

function isRefused(error: unknown): boolean {
  return isPlatformError(error) && (error.status === 401 || error.status === 403);
}
