/** The folder that holds everything the platform keeps. */
import { accessSync, chmodSync, constants, mkdirSync, readdirSync } from 'node:fs';
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

/**
 * Makes the folder (0700) when it is missing, and takes from others the right to read what the platform keeps in one that
 * was there before. Throws `DATA_FOLDER_UNUSABLE` when it cannot be written.
 */
export function openDataFolder(path: string): DataFolder {
  const kept = openFolder(path);
  return {
    path,
    bus: join(path, files.bus),
    store: join(path, files.store),
    history: join(path, files.history),
    secret: join(path, files.secret),
    fresh: kept.length === 0,
  };
}

/** Returns the names of the platform's own files in it. */
function openFolder(path: string): string[] {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = readdirSync(path);
    for (const name of names) if (isOwn(name)) chmodSync(join(path, name), 0o600);
    return names.filter((name) => Object.values<string>(files).includes(name));
  } catch (error) {
    throw errors.DATA_FOLDER_UNUSABLE(path, error instanceof Error ? error.message : String(error)).because(error);
  }
}

/** Also what SQLite puts beside its files: `-wal`, `-shm`, `-journal`. */
function isOwn(name: string): boolean {
  return Object.values(files).some((file) => name === file || name.startsWith(`${file}-`));
}
