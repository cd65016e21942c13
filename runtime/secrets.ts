/** The secret of this installation, and the keys made from it. Nothing else of the platform is a secret on disk in clear. */
import { hkdfSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { catalogue } from '../platform-services/kit/errors.ts';

const errors = catalogue({
  SECRET_MISSING: [
    500,
    (file) =>
      `${file} is missing although the data folder is in use. Restore it from a backup: without it no credential of a flow can be read.`,
  ],
  SECRET_UNUSABLE: [500, (file, reason) => `${file} cannot be used: ${reason}.`],
  SECRET_DAMAGED: [500, (file) => `${file} is damaged: it must hold 64 hexadecimal digits. Restore it from a backup.`],
});

export interface Secrets {
  /** 32 bytes for one purpose and one of its owners (a tenant, the `iss` of a user); the same on every start. */
  key(purpose: string, owner: string): Buffer;
}

/**
 * Reads the secret, or makes one (0600) when the data folder is fresh. Throws `SECRET_MISSING` in a folder that is in use:
 * a new secret there would silently make stored credentials unreadable. Throws `SECRET_UNUSABLE` when it cannot be read,
 * kept from others, or written.
 */
export function openSecrets(file: string, fresh: boolean): Secrets {
  const text = secretText(file, fresh);
  if (!/^[0-9a-f]{64}$/.test(text)) throw errors.SECRET_DAMAGED(file);
  const secret = Buffer.from(text, 'hex');
  return {
    key: (purpose, owner) => Buffer.from(hkdfSync('sha256', secret, owner, purpose, 32)),
  };
}

function secretText(file: string, fresh: boolean): string {
  if (!existsSync(file) && !fresh) throw errors.SECRET_MISSING(file);
  try {
    if (!existsSync(file)) writeSecret(file, randomBytes(32).toString('hex'));
    chmodSync(file, 0o600);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw errors.SECRET_UNUSABLE(file, error instanceof Error ? error.message : String(error)).because(error);
  }
}

/** Complete or absent, never half: written beside, synced, renamed. */
function writeSecret(file: string, text: string): void {
  const beside = `${file}.new`;
  const descriptor = openSync(beside, 'w', 0o600);
  try {
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
}
