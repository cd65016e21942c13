/**
 * The flows of every tenant: one truth, two faces. The REST face shows each flow as the JSON its author sent; the editor
 * face shows all flows of a tenant as one Node-RED configuration, one tab per flow. Every save is a revision with its
 * author and time.
 */

/** A node in Node-RED's export form. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly [property: string]: unknown;
}

/** A flow as the REST API shows it; `source` is the JSON text of its `flow` list, byte for byte as sent. */
export interface Flow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly source: string;
  /** Epoch ms. */
  readonly created: number;
  readonly updated: number;
}

/** What a tenant process runs: the editor face of one revision. */
export interface RunnableFlows {
  readonly revision: number;
  readonly nodes: readonly FlowNode[];
  /** REST flow id by tab id. */
  readonly flowIds: Readonly<Record<string, string>>;
}

export interface Revision {
  readonly number: number;
  /** Username. */
  readonly author: string;
  /** Epoch ms. */
  readonly time: number;
  readonly from: 'api' | 'editor';
}

export interface NewFlow {
  readonly name: string;
  readonly enabled: boolean;
  readonly source: string;
}

export interface EditorSave {
  /** Username. */
  readonly author: string;
  readonly knownTypes: ReadonlySet<string>;
  /** The revision that was edited; the current one when absent. */
  readonly basedOn?: number | undefined;
  /** All credentials by node id; absent when they did not change. */
  readonly credentials?: Readonly<Record<string, unknown>> | undefined;
}

/** Called after a save from the REST face is stored; the save's caller waits for it. */
export type FlowsListener = (tenant: string, flows: RunnableFlows) => Promise<void>;

/** A node under both ids. */
export interface FlowNodeIds {
  /** In the source of its flow. */
  readonly id: string;
  readonly editorId: string;
  readonly type: string;
}

export interface FlowStore {
  tenants(): Promise<string[]>;
  list(tenant: string): Promise<Flow[]>;
  get(tenant: string, id: string): Promise<Flow | undefined>;
  /** The nodes of a flow, what only shapes it left out; undefined when there is no such flow. */
  nodes(tenant: string, id: string): Promise<readonly FlowNodeIds[] | undefined>;
  /** Like `update`, throws `TOO_MUCH_SAVED` (429) when too much was saved lately: every save is kept. */
  create(tenant: string, flow: NewFlow, author: string): Promise<Flow>;
  /** Undefined when there is no such flow. */
  update(tenant: string, id: string, change: Partial<NewFlow>, author: string): Promise<Flow | undefined>;
  remove(tenant: string, id: string, author: string): Promise<Flow | undefined>;
  removeAll(tenant: string, author: string): Promise<void>;

  runnable(tenant: string): Promise<RunnableFlows>;
  /**
   * A deploy from the editor. Throws a `PlatformError` (400) naming the node when it introduces an unknown type, repeats
   * an id or has a dangling wire, and 409 when `basedOn` is not the current revision; nothing is stored then. `credentials`,
   * when they changed, are stored with the flows: both or neither. Throws `CREDENTIALS_UNREADABLE`, and stores nothing,
   * when they would take the place of some that cannot be read.
   */
  saveFromEditor(tenant: string, nodes: readonly FlowNode[], save: EditorSave): Promise<RunnableFlows>;
  onApiSave(listener: FlowsListener): void;

  revisions(tenant: string): Promise<Revision[]>;
  /** The editor face as it was at a revision; undefined when there was none. */
  revision(tenant: string, number: number): Promise<RunnableFlows | undefined>;

  /**
   * Credentials of nodes by node id; kept encrypted with a key of the tenant (AES-256-GCM). Throws
   * `CREDENTIALS_UNREADABLE`.
   */
  credentials(tenant: string): Promise<Record<string, unknown>>;
  /** Node-RED's own state: `settings`, `library/…`. */
  runtimeState(tenant: string, name: string): Promise<Record<string, unknown> | undefined>;
  saveRuntimeState(tenant: string, name: string, state: Record<string, unknown>): Promise<void>;
}
