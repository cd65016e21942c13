/** The folder that holds everything the platform keeps. */
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
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
    fresh,
  };
}
