/** The files of a running tenant process: its socket and Node-RED's user folder, both for this user only. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { supervisorErrors } from './errors.ts';

export interface TenantFiles {
  readonly socket: string;
  readonly userDir: string;
  /** Before each start: nothing of an earlier process is left. */
  prepare(): void;
  remove(): void;
}

/** A unix socket's path may have 107 bytes on Linux, 103 on macOS. */
const longestSocketPath = 100;

export function createTenantFiles(folder: string, tenant: string): TenantFiles {
  const userDir = join(folder, tenant);
  // Unguessable: what runs in another tenant's process cannot list this folder, and must not find the socket by its name.
  const socket = join(userDir, `${randomBytes(8).toString('hex')}.sock`);
  if (Buffer.byteLength(socket) > longestSocketPath) throw supervisorErrors.SOCKET_PATH_TOO_LONG(socket);
  const remove = () => rmSync(userDir, { recursive: true, force: true });
  return {
    socket,
    userDir,
    prepare() {
      remove();
      mkdirSync(userDir, { recursive: true, mode: 0o700 });
    },
    remove,
  };
}
