/** The `dojot` command. */

import { isPlatformError } from '../../platform-services/kit/errors.ts';
import { readSettings, SettingsError } from '../../settings.ts';
import { runCommand } from './run.ts';
import { addUserCommand, passwordCommand } from './user-commands.ts';

const usage = `Usage:
  dojot serve                      run the platform
  dojot start [--no-sample]        the same; on an empty data folder on loopback, with a sample to look at
  dojot user add <name> --tenant <tenant>
                                   add a user
  dojot user password <name>       give a user another password, and end his log-ins

The last two ask for the password, or read it from standard input; the platform must not run on the folder.

Settings come from the environment; README.md lists them.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves to the exit code. Every foreseeable trouble ends in one sentence on standard error, not in a stack trace. */
export async function main(words: readonly string[], environment: Environment): Promise<number> {
  // Whatever the platform writes is for its user only, also into a folder that others may look into.
  process.umask(0o077);
  // Who read the output has gone (`dojot serve | head`), or the disk it goes to is full: no reason to end the platform, and
  // there is no other place to say so.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    return await run(words, environment);
  } catch (error) {
    if (!(error instanceof SettingsError) && !isPlatformError(error) && !isSystemError(error)) throw error;
    process.stderr.write(`dojot cannot start: ${error.message}\n`);
    return 1;
  }
}

async function run(words: readonly string[], environment: Environment): Promise<number> {
  const [command, ...rest] = words;
  if (command === 'serve' && rest.length === 0) return runCommand(readSettings(environment), { sample: false });
  if (command === 'start' && rest.every((word) => word === '--no-sample')) {
    return runCommand(readSettings(environment), { sample: rest.length === 0 });
  }
  if (command === 'user' && rest[0] === 'add') return addUserCommand(readSettings(environment), rest.slice(1));
  if (command === 'user' && rest[0] === 'password') return passwordCommand(readSettings(environment), rest.slice(1));
  process.stderr.write(usage);
  return command === undefined || command === 'help' || command === '--help' ? 0 : 2;
}

/** What the operating system refused, and says so itself: a port that is taken, a disk that is full, a file of others. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}
