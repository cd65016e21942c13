/** The first administrator (contract auth-gateway-pki §1.14) and what becomes of the password everybody knows. */
import type { Log } from '../kit/log.ts';
import { errors } from './errors.ts';
import type { Passwords } from './password.ts';
import type { Users } from './users.ts';

/** The administrator's password now: the one everybody knows, the one the settings name, or another. */
export type AdministratorPassword = 'default' | 'given' | 'own';

interface Needs {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly log: Log;
  /** The password the settings name; undefined when they name none. */
  readonly given: string | undefined;
  /** Whether others than this machine can reach the platform. */
  readonly exposed: boolean;
}

const username = 'admin';
const defaultPassword = 'admin';

/**
 * Creates the administrator when there is none, with the given password, else the default one. The default one is only for
 * this machine: it gives way to a given one, and throws `NO_INITIAL_PASSWORD` when there is none although others can reach
 * the platform. A password of his own is left as it is.
 */
export async function settleAdministrator(needs: Needs): Promise<AdministratorPassword> {
  const { users, passwords, log, given, exposed } = needs;
  const wanted = given ?? defaultPassword;
  const kind = wanted === defaultPassword ? 'default' : 'given';
  const refuseDefault = () => {
    if (exposed && kind === 'default') throw errors.NO_INITIAL_PASSWORD();
  };
  const admin = await users.byUsername(username);
  if (!admin) {
    refuseDefault();
    await users.add({
      username,
      tenant: 'admin',
      name: 'Admin (superuser)',
      email: 'admin@noemail.com',
      profile: 'admin',
      password: wanted,
    });
    log.info('the first administrator was created', { username });
    return kind;
  }
  if (await passwords.matches(wanted, admin.password)) {
    refuseDefault();
    return kind;
  }
  if (given === undefined) return 'own';
  if (await passwords.matches(defaultPassword, admin.password)) {
    await users.setPassword(username, given);
    log.warn('the administrator still had the default password: now it is the one that is set; earlier log-ins ended', {
      username,
    });
    return 'given';
  }
  log.warn('the password that is set is not the one of the administrator, which stays as it is', { username });
  return 'own';
}
