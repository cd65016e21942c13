/** The secret of this installation, and the keys made from it. Nothing else of the platform is a secret on disk in clear. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { catalogue } from '../platform-services/kit/errors.ts';

const errors = catalogue({
  SECRET_MISSING: [
    500,
    (file) =>
      `${file} is missing although the data folder is in use. Restore it from a backup: without it no credential of a flow can be read.`,
  ],
  SECRET_DAMAGED: [500, (file) => `${file} is damaged: it must hold 64 hexadecimal digits. Restore it from a backup.`],
});

export interface Secrets {
  /** 32 bytes for one purpose and tenant; the same on every start. */
  key(purpose: string, tenant: string): Buffer;
}

/**
 * Reads the secret, or makes one (0600) when the data folder is fresh. Throws `SECRET_MISSING` in a folder that is in use:
 * a new secret there would silently make stored credentials unreadable.
 */
export function openSecrets(file: string, fresh: boolean): Secrets {
  if (!existsSync(file)) {
    if (!fresh) throw errors.SECRET_MISSING(file);
    writeSecret(file, randomBytes(32).toString('hex'));
  }
  chmodSync(file, 0o600);
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw errors.SECRET_DAMAGED(file);
  const secret = Buffer.from(text, 'hex');
  return {
    key: (purpose, tenant) => Buffer.from(hkdfSync('sha256', secret, tenant, purpose, 32)),
  };
}

/** Complete or absent, never half: written beside, synced, renamed. */
function writeSecret(file: string, text: string): void {
  const beside = `${file}.new`;
  const descriptor = openSync(beside, 'w', 0o600);
  writeSync(descriptor, `${text}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(beside, file);
}
