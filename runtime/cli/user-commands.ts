/** `dojot user …`: for installations without a user screen yet, and for scripts. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { createLog } from '../../platform-services/kit/log.ts';
import { type Settings, SettingsError } from '../../settings.ts';
import { withUsers } from '../main.ts';

/** `dojot user add <name> --tenant <tenant>`. */
export async function addUserCommand(settings: Settings, words: readonly string[]): Promise<number> {
  const options = { tenant: { type: 'string' }, name: { type: 'string' }, email: { type: 'string' } } as const;
  const { values, positionals } = parse({ args: [...words], allowPositionals: true, options });
  const [username] = positionals;
  if (positionals.length !== 1 || username === undefined || values.tenant === undefined) {
    throw new SettingsError('dojot user add needs one user name and --tenant.');
  }
  const user = {
    username,
    tenant: values.tenant,
    password: await passwordFromInput(),
    name: values.name ?? username,
    email: values.email ?? `${username}@noemail.com`,
    profile: 'user',
  };
  await withUsers(settings, logOf(settings), (users) => users.addUser(user));
  process.stdout.write(`User ${username} of tenant ${values.tenant} is there.\n`);
  return 0;
}

/** `dojot user password <name>`. */
export async function passwordCommand(settings: Settings, words: readonly string[]): Promise<number> {
  const { positionals } = parse({ args: [...words], allowPositionals: true });
  const [username] = positionals;
  if (positionals.length !== 1 || username === undefined) {
    throw new SettingsError('dojot user password needs one user name.');
  }
  const password = await passwordFromInput();
  await withUsers(settings, logOf(settings), (users) => users.setPassword(username, password));
  process.stdout.write(`User ${username} has the new password; earlier log-ins have ended.\n`);
  return 0;
}

/** Throws `SettingsError` for words and options that the command does not know. */
function parse<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (error instanceof TypeError) throw new SettingsError(error.message);
    throw error;
  }
}

/** So that it is in no list of processes and no shell history. */
async function passwordFromInput(): Promise<string> {
  const password = process.stdin.isTTY
    ? await passwordFromTerminal()
    : (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new SettingsError('the password on standard input is empty.');
  return password;
}

/** One line that nobody sees. Empty after Ctrl-C and Ctrl-D. */
async function passwordFromTerminal(): Promise<string> {
  // Readline echoes what is typed to its output.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  // Only now: the terminal itself echoes until readline has taken it.
  process.stderr.write('Password: ');
  const line = await new Promise<string>((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(''));
  });
  reader.close();
  process.stderr.write('\n');
  return line;
}

function logOf({ logLevel, logFormat }: Settings) {
  return createLog(logLevel, logFormat);
}
