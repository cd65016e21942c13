/** Rules for the fields of a user, in the contract's order (auth-gateway-pki §1.5). */
import { tenantPattern } from '../../contract/topics.ts';
import { errors } from './errors.ts';

export interface NewUser {
  readonly username: string;
  readonly tenant: string;
  readonly email: string;
  /** Full name. */
  readonly name: string;
  /** Also the name of the first group: `admin` or `user`. */
  readonly profile: string;
  /** Absent: the account cannot be used yet. */
  readonly password?: string;
}

const usernamePattern = /^[a-z][a-z0-9_]+$/;
const emailPattern = /^[a-z0-9_.+-]+@[a-z0-9-]+\.[a-z0-9-.]+$/;

/** Throws `INVALID_USER` with the sentence of the first rule that is broken. */
export function checkUser({ username, tenant, email, name, profile, password }: NewUser): void {
  const rules: readonly (readonly [broken: boolean, sentence: string])[] = [
    [username === '', 'Missing username'],
    [username.length > 40, 'Username too long'],
    [
      !usernamePattern.test(username),
      'Invalid username: lower-case letters, digits and _ are allowed, a letter comes first, two at least',
    ],
    [tenant === '', 'Missing service'],
    [tenant.length > 30, 'Service too long'],
    [!tenantPattern.test(tenant), 'Invalid service: lower-case letters, digits and _ are allowed'],
    [email === '', 'Missing email'],
    [email.length > 254, 'E-mail too long'],
    [!emailPattern.test(email), 'Invalid e-mail address'],
    [name === '', "Missing user's name (full name)"],
    [name.length > 90, 'Name too long'],
    [profile === '', 'Missing profile'],
    [profile.length > 30, 'Profile name too long'],
    [password === '', 'Missing password'],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken) throw errors.INVALID_USER(broken[1]);
}
