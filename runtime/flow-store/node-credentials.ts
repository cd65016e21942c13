/**
 * Credentials of nodes, sealed with the tenant's key (AES-256-GCM). Every save is a document of its own and the last ten
 * are kept, because Node-RED overwrites credentials it could not read with nothing.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Document, Store } from '../../platform-services/kit/store/store.ts';
import { flowErrors } from './errors.ts';

const versionsKept = 10;
const algorithm = 'aes-256-gcm';

interface Sealed extends Document {
  readonly number: number;
  /** Base64. */
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

export interface NodeCredentials {
  /** By node id; empty when none were saved. Throws `CREDENTIALS_UNREADABLE` when damaged or sealed with another key. */
  read(tenant: string): Promise<Record<string, unknown>>;
  /** Throws `CREDENTIALS_UNREADABLE` and saves nothing when the present ones cannot be read. */
  save(tenant: string, credentials: Record<string, unknown>): Promise<void>;
}

export async function createNodeCredentials(store: Store, keyOf: (tenant: string) => Buffer): Promise<NodeCredentials> {
  const sealed = await store.collection<Sealed>('node-credentials', {
    indexes: [{ fields: ['number'], unique: true }],
  });
  const newest = async (tenant: string) => {
    const sort = [{ field: 'number', descending: true }];
    const [found] = await sealed.find(tenant, {}, { sort, limit: 1 });
    return found?.document;
  };
  return {
    read: async (tenant) => {
      const document = await newest(tenant);
      return document ? open(document, tenant, keyOf(tenant)) : {};
    },
    save: async (tenant, credentials) => {
      const before = await newest(tenant);
      if (before) open(before, tenant, keyOf(tenant));
      const number = (before?.number ?? 0) + 1;
      await sealed.insert(tenant, { id: String(number), number, ...seal(credentials, tenant, keyOf(tenant)) });
      await sealed.removeMany(tenant, { number: { $lte: number - versionsKept } });
    },
  };
}

function seal(credentials: Record<string, unknown>, tenant: string, key: Buffer): Omit<Sealed, 'id' | 'number'> {
  const iv = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, iv);
  cipher.setAAD(Buffer.from(tenant));
  const data = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()]);
  return { iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), data: data.toString('base64') };
}

function open({ iv, tag, data }: Sealed, tenant: string, key: Buffer): Record<string, unknown> {
  try {
    const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64'), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(tenant));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw Object.assign(flowErrors.CREDENTIALS_UNREADABLE(tenant), { cause });
  }
}
