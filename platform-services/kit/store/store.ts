/**
 * The store port: documents in collections, each belonging to a tenant. MongoDB's words for everything; adapters:
 * `sqlite/` (embedded). Every adapter passes `test/conformance.ts`. Each call is atomic and, when it resolves, durable;
 * there are no transactions over several calls. A tenant waits for the calls of another one by one: who has much to write
 * writes it in several.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What a caller stores: plain JSON with a text id, unique per tenant and collection. */
export interface Document {
  readonly id: string;
}

/** What a caller gets back: its document and the revision it has (1, 2, …; grows with every write). */
export interface Stored<T extends Document> {
  readonly document: T;
  readonly revision: number;
}

export type Scalar = string | number | boolean | null;

/** Conditions on one field; a list field matches when one of its elements does (as in MongoDB). */
export interface Condition {
  readonly $eq?: Scalar;
  readonly $ne?: Scalar;
  readonly $in?: readonly Scalar[];
  readonly $gt?: string | number;
  readonly $gte?: string | number;
  readonly $lt?: string | number;
  readonly $lte?: string | number;
  readonly $exists?: boolean;
  /** SQL LIKE on text, case-sensitive: `%` any run, `_` any one character, `\` takes the next one literally. */
  readonly $like?: string;
  /** A list field that holds all of these. */
  readonly $all?: readonly Scalar[];
}

/** Fields are top-level names or dotted paths; all must hold. `id` is the document's id. */
export type Filter =
  | { readonly [field: string]: Scalar | Condition }
  | { readonly $or: readonly Filter[] }
  | { readonly $and: readonly Filter[] };

export interface FindOptions {
  readonly sort?: readonly { readonly field: string; readonly descending?: boolean }[];
  readonly skip?: number;
  readonly limit?: number;
}

export interface IndexDefinition {
  /** Top-level names or dotted paths, in order. */
  readonly fields: readonly string[];
  readonly unique?: boolean;
  /** The (single) field holds a list: each element is indexed. */
  readonly list?: boolean;
}

export interface CollectionOptions {
  readonly indexes?: readonly IndexDefinition[];
  /** Field with an epoch-ms time after which the document is gone. */
  readonly expiresAt?: string;
}

export interface Collection<T extends Document> {
  get(tenant: string, id: string): Promise<Stored<T> | undefined>;
  /** Those of `pages`, together. */
  find(tenant: string, filter?: Filter, options?: FindOptions): Promise<Stored<T>[]>;
  /**
   * Reads as much at a time as fits well into memory; no page is empty. Which documents come, and in which order, is settled
   * with the first page; each comes as it is when its page is read, unless it has gone by then.
   */
  pages(tenant: string, filter?: Filter, options?: FindOptions): AsyncIterable<Stored<T>[]>;
  /** Only the ids of what `find` finds. */
  ids(tenant: string, filter?: Filter, options?: FindOptions): Promise<string[]>;
  /** The same over all tenants; for start-up work only. */
  findEverywhere(filter?: Filter, options?: FindOptions): Promise<(Stored<T> & { readonly tenant: string })[]>;
  count(tenant: string, filter?: Filter): Promise<number>;
  /** All or none; throws `DUPLICATE` when an id or a unique index is taken. */
  insert(tenant: string, ...documents: T[]): Promise<void>;
  /** Inserts or replaces. */
  put(tenant: string, document: T): Promise<number>;
  /** Replaces when the stored revision is `revision`, else throws `REVISION_CONFLICT`. Resolves to the new revision. */
  replace(tenant: string, document: T, revision: number): Promise<number>;
  /** All or none, each at its revision. */
  replaceMany(tenant: string, changes: readonly Stored<T>[]): Promise<void>;
  /** Resolves to whether there was one (with that revision, when given). */
  remove(tenant: string, id: string, revision?: number): Promise<boolean>;
  /** Resolves to how many went. */
  removeMany(tenant: string, filter?: Filter): Promise<number>;
  /** Tenants that have a document here. */
  tenants(): Promise<string[]>;
}

export interface Store {
  /** Same name, same options every time; makes tables and indexes at the first call. */
  collection<T extends Document>(name: string, options?: CollectionOptions): Promise<Collection<T>>;
  /** Adds `by` (default 1) to a counter of the tenant and resolves to its new value; a new counter begins at 0. */
  increment(tenant: string, counter: string, by?: number): Promise<number>;
  /** Rejects when the store cannot write. */
  ping(): Promise<void>;
  stop(): Promise<void>;
}
