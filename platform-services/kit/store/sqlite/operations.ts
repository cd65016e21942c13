/** What the main thread asks of the thread that owns the file. Documents travel as JSON text. */
import type { CollectionOptions, Filter, FindOptions } from '../store.ts';

export interface StoredText {
  readonly tenant: string;
  readonly revision: number;
  readonly text: string;
}

export interface DocumentText {
  readonly id: string;
  readonly text: string;
}

export interface ReplacementText extends DocumentText {
  /** The revision it must replace. */
  readonly revision: number;
}

/** Where a document is. */
export interface Place {
  readonly tenant: string;
  readonly id: string;
}

/** The first of what was found, and where the others are. */
export interface FirstPage {
  readonly found: StoredText[];
  readonly rest: Place[];
}

/** Some of what was asked for: those of the first `taken` places that are still there. */
export interface NextPage {
  readonly found: StoredText[];
  readonly taken: number;
}

/** `now` is epoch ms: documents whose time has come are gone. A null tenant means all. */
export type StoreOperations = {
  define(collection: string, options: CollectionOptions): void;
  get(collection: string, now: number, tenant: string, id: string): StoredText | undefined;
  find(collection: string, now: number, tenant: string | null, filter: Filter, options: FindOptions): FirstPage;
  read(collection: string, now: number, places: readonly Place[]): NextPage;
  ids(collection: string, now: number, tenant: string, filter: Filter, options: FindOptions): string[];
  count(collection: string, now: number, tenant: string, filter: Filter): number;
  insert(collection: string, now: number, tenant: string, documents: readonly DocumentText[]): void;
  put(collection: string, now: number, tenant: string, document: DocumentText): number;
  replace(collection: string, now: number, tenant: string, changes: readonly ReplacementText[]): void;
  remove(collection: string, now: number, tenant: string, id: string, revision: number | null): boolean;
  removeMany(collection: string, now: number, tenant: string, filter: Filter): number;
  tenants(collection: string, now: number): string[];
  /** Deletes from every collection what has expired. */
  sweep(now: number): void;
  increment(tenant: string, counter: string, by: number): number;
};
