/** Credentials of nodes as texts that only the platform can read: AES-256-GCM with a key of the tenant. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { flowErrors } from './errors.ts';

const algorithm = 'aes-256-gcm';

/** All of it base64. */
const sealedText = z.object({ iv: z.string(), tag: z.string(), data: z.string() });

export interface CredentialSeal {
  /** `credentials`: by node id. */
  seal(tenant: string, credentials: Readonly<Record<string, unknown>>): string;
  /** Throws `CREDENTIALS_UNREADABLE` when the text is damaged or was sealed with another key or for another tenant. */
  open(tenant: string, sealed: string): Record<string, unknown>;
}

/** `keyOf`: 32 bytes, always the same for a tenant. */
export function createCredentialSeal(keyOf: (tenant: string) => Buffer): CredentialSeal {
  return {
    seal(tenant, credentials) {
      const iv = randomBytes(12);
      const cipher = createCipheriv(algorithm, keyOf(tenant), iv);
      cipher.setAAD(Buffer.from(tenant));
      const data = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()]);
      const text = (bytes: Buffer) => bytes.toString('base64');
      return JSON.stringify({ iv: text(iv), tag: text(cipher.getAuthTag()), data: text(data) });
    },
    open(tenant, sealed) {
      try {
        const { iv, tag, data } = sealedText.parse(JSON.parse(sealed));
        const decipher = createDecipheriv(algorithm, keyOf(tenant), Buffer.from(iv, 'base64'), { authTagLength: 16 });
        decipher.setAAD(Buffer.from(tenant));
        decipher.setAuthTag(Buffer.from(tag, 'base64'));
        const text = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
        return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
      } catch (cause) {
        throw flowErrors.CREDENTIALS_UNREADABLE(tenant).because(cause);
      }
    },
  };
}
