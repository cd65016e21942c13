/** The folder that holds everything the platform keeps. */
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../platform-services/kit/errors.ts';

const errors = catalogue({
  DATA_FOLDER_UNUSABLE: [500, (folder, reason) => `The data folder ${folder} cannot be used: ${reason}.`],
  DATA_FILE_EMPTY: [500, (file) => `${file} is empty. Restore the data folder from a backup.`],
  STORE_FILE_MISSING: [
    500,
    (file) => `${file} is missing although the data folder is in use. Restore the data folder from a backup.`,
  ],
  JOURNAL_LEFT: [
    500,
    (file, journal) =>
      `${file} is missing, but its journal ${journal} is there. Put the file back, or move its journal away as well.`,
  ],
});

/** Files that the platform itself puts there; anything of them means the folder is not a fresh one. */
const files = { bus: 'bus.db', store: 'store.db', history: 'history.db', secret: 'secret.key' } as const;

/**
 * There from before the first file until all of them are: a first start that ends in between leaves some empty and some
 * missing, in a folder in which nothing has been kept yet.
 */
const firstStartMark = 'first-start';

type Replaceable = 'bus' | 'history';

export interface DataFolder {
  readonly path: string;
  readonly bus: string;
  readonly store: string;
  readonly history: string;
  readonly secret: string;
  /** Whether nothing has been kept in it before this start. */
  readonly fresh: boolean;
  /** Files that were moved away from a folder in use; they begin anew. Users do so with damaged ones. */
  readonly movedAway: readonly Replaceable[];
  /** To be called when every file is there: from now on the folder is in use, and none of them may be missing or empty. */
  settle(): void;
}

/**
 * Makes the folder (0700) when it is missing, and takes from others the right to read what the platform keeps in one that
 * was there before. Throws `DATA_FOLDER_UNUSABLE` when it cannot be written; and of a folder in use `DATA_FILE_EMPTY`,
 * `STORE_FILE_MISSING` or `JOURNAL_LEFT`, for in place of what was lost there would be an empty platform.
 */
export function openDataFolder(path: string): DataFolder {
  const { fresh, sizes } = openFolder(path);
  const folder = {
    path,
    bus: join(path, files.bus),
    store: join(path, files.store),
    history: join(path, files.history),
    secret: join(path, files.secret),
    fresh,
    settle: () => rmSync(join(path, firstStartMark), { force: true }),
  };
  return { ...folder, movedAway: fresh ? [] : missingOf(folder, sizes) };
}

/** Bytes of the platform's own files by name. */
type Sizes = ReadonlyMap<string, number>;

function openFolder(path: string): { fresh: boolean; sizes: Sizes } {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = readdirSync(path);
    const own = names.filter(isOwn).map((name) => join(path, name));
    for (const file of own) chmodSync(file, 0o600);
    const fresh = names.includes(firstStartMark) || !Object.values(files).some((name) => names.includes(name));
    if (fresh) writeFileSync(join(path, firstStartMark), '', { mode: 0o600 });
    return { fresh, sizes: new Map(own.map((file) => [file, statSync(file).size])) };
  } catch (error) {
    throw errors.DATA_FOLDER_UNUSABLE(path, error instanceof Error ? error.message : String(error)).because(error);
  }
}

/** Also what SQLite puts beside its files: `-wal`, `-shm`, `-journal`. */
function isOwn(name: string): boolean {
  return Object.values(files).some((file) => name === file || name.startsWith(`${file}-`));
}

/** Which files of a folder in use are missing and may be. */
function missingOf(folder: Pick<DataFolder, 'bus' | 'store' | 'history'>, sizes: Sizes): Replaceable[] {
  for (const file of [folder.store, folder.bus, folder.history]) {
    if (sizes.get(file) === 0) throw errors.DATA_FILE_EMPTY(file);
    const journal = `${file}-wal`;
    // SQLite would throw the journal away, and what was acknowledged last may be in it alone.
    if (!sizes.has(file) && sizes.get(journal)) throw errors.JOURNAL_LEFT(file, journal);
  }
  if (!sizes.has(folder.store)) throw errors.STORE_FILE_MISSING(folder.store);
  return (['bus', 'history'] as const).filter((name) => !sizes.has(folder[name]));
}
