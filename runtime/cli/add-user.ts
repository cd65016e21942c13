/** `dojot user add`: for installations without a user screen yet, and for scripts. */

import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Settings, SettingsError } from '../../settings.ts';
import { addUser } from '../main.ts';

/** Reads the password from standard input, so that it is in no list of processes and no shell history. */
export async function addUserCommand(settings: Settings, words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { tenant: { type: 'string' }, name: { type: 'string' }, email: { type: 'string' } },
  });
  const [username] = positionals;
  if (positionals.length !== 1 || username === undefined || values.tenant === undefined) {
    throw new SettingsError('dojot user add needs one user name and --tenant.');
  }
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new SettingsError('the password on standard input is empty.');
  await addUser(settings, {
    username,
    tenant: values.tenant,
    password,
    name: values.name ?? username,
    email: values.email ?? `${username}@noemail.com`,
    profile: 'user',
  });
  process.stdout.write(`User ${username} of tenant ${values.tenant} is there.\n`);
  return 0;
}
