/** The folder that holds everything the platform keeps. */
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../platform-services/kit/errors.ts';

const errors = catalogue({
  DATA_FOLDER_UNUSABLE: [500, (folder, reason) => `The data folder ${folder} cannot be used: ${reason}.`],
});

/** Files that the platform itself puts there; anything of them means the folder is not a fresh one. */
const files = { bus: 'bus.db', store: 'store.db', history: 'history.db', secret: 'secret.key' } as const;

export interface DataFolder {
  readonly path: string;
  readonly bus: string;
  readonly store: string;
  readonly history: string;
  readonly secret: string;
  /** For unix sockets: short enough for the 107 bytes a socket's path may have, open to this user only. */
  readonly sockets: string;
  /** Whether the folder held nothing of the platform before this start. */
  readonly fresh: boolean;
}

/** Makes the folder (0700) when it is missing. Throws `DATA_FOLDER_UNUSABLE` when it cannot be written. */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw errors.DATA_FOLDER_UNUSABLE(path, error instanceof Error ? error.message : String(error));
  }
  const fresh = !readdirSync(path).some((name) => Object.values<string>(files).includes(name));
  return {
    path,
    bus: join(path, files.bus),
    store: join(path, files.store),
    history: join(path, files.history),
    secret: join(path, files.secret),
    sockets: socketFolder(path),
    fresh,
  };
}

/** Room for `/<tenant of 30>.sock` and a little more. */
const longestSocketFolder = 60;

function socketFolder(dataPath: string): string {
  const inside = join(dataPath, 'run');
  if (inside.length <= longestSocketFolder) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    chmodSync(inside, 0o700);
    return inside;
  }
  const name = createHash('sha256').update(dataPath).digest('hex').slice(0, 8);
  return mkdtempSync(join(tmpdir(), `dojot-${name}-`));
}

/** Whether a file of the platform is there, for tools that must not make one. */
export function holdsPlatform(path: string): boolean {
  return existsSync(join(path, files.store));
}
