/** The `dojot` command. */

import { isPlatformError } from '../../platform-services/kit/errors.ts';
import { readSettings, SettingsError } from '../../settings.ts';
import { addUserCommand } from './add-user.ts';
import { runCommand } from './run.ts';

const usage = `Usage:
  dojot serve                      run the platform
  dojot start [--no-sample]        the same; on an empty data folder on loopback, with a sample to look at
  dojot user add <name> --tenant <tenant>
                                   add a user (the platform must not run on the folder); reads the password from standard input

Settings come from the environment; README.md lists them.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves to the exit code. Every foreseeable trouble ends in one sentence on standard error, not in a stack trace. */
export async function main(words: readonly string[], environment: Environment): Promise<number> {
  try {
    return await run(words, environment);
  } catch (error) {
    if (!(error instanceof SettingsError) && !isPlatformError(error) && !isListenError(error)) throw error;
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
  process.stderr.write(usage);
  return command === undefined || command === 'help' || command === '--help' ? 0 : 2;
}

/** A port that is taken or may not be used. */
function isListenError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}
