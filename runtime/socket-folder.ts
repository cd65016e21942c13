/** The folder for unix sockets: short enough for the 107 bytes a socket's path may have, open to this user only. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SocketFolder {
  readonly path: string;
  stop(): Promise<void>;
}

/** Room for `/<tenant of 30>/<name of 16>.sock`. */
const longestSocketFolder = 45;

/** Within the data folder, or in the system's folder for temporary files when that path is too long. */
export function openSocketFolder(dataPath: string): SocketFolder {
  const path = makeFolder(dataPath);
  return {
    path,
    stop: async () => rmSync(path, { recursive: true, force: true }),
  };
}

function makeFolder(dataPath: string): string {
  const inside = join(dataPath, 'run');
  if (Buffer.byteLength(inside) <= longestSocketFolder) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    chmodSync(inside, 0o700);
    return inside;
  }
  const name = createHash('sha256').update(dataPath).digest('hex').slice(0, 8);
  return mkdtempSync(join(tmpdir(), `dojot-${name}-`));
}
