/** The flow store on the platform's document store. */
import type { Clock } from '../../platform-services/kit/clock.ts';
import { isPlatformError } from '../../platform-services/kit/errors.ts';
import type { Log } from '../../platform-services/kit/log.ts';
import type { Store } from '../../platform-services/kit/store/store.ts';
import { createCredentialSeal } from './credential-seal.ts';
import { checkDeploy } from './deploy-check.ts';
import { editorIdOf, tabIdOf } from './dojot-identity.ts';
import { readFlow } from './dojot-reader.ts';
import { applyDeploy } from './editor-deploy.ts';
import { editorView } from './editor-view.ts';
import { flowErrors } from './errors.ts';
import { type FlowElement, type FlowFace, isStructural, type Snapshot, type StoredFlow } from './flow-content.ts';
import { costOf, mostOfTenant, tooLarge } from './flow-size.ts';
import { invalidFlow } from './flow-source.ts';
import type { EditorSave, Flow, FlowNodeIds, FlowStore, FlowsListener, NewFlow } from './flow-store.ts';
import { addCredentials, newCredentials, withCredentials } from './given-credentials.ts';
import { createRevisions, type NextSnapshot } from './revisions.ts';
import { createRuntimeState } from './runtime-state.ts';
import { createSaveAllowance, type SaveAllowance } from './save-allowance.ts';
import { createSaveQueue } from './save-queue.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  /** A UUID v4. */
  readonly randomId: () => string;
  /** 32 bytes, always the same for a tenant. */
  readonly encryptionKey: (tenant: string) => Buffer;
  readonly log: Log;
}

/** Saves of other processes that one save gives way to before it gives up. */
const attempts = 20;

export async function createFlowStore({ store, clock, randomId, encryptionKey, log }: Needs): Promise<FlowStore> {
  const revisions = await createRevisions(store);
  const seal = createCredentialSeal(encryptionKey);
  const state = await createRuntimeState(store);
  const inTurn = createSaveQueue();
  const listeners: FlowsListener[] = [];
  /** By tenant, for saves from the REST face; those from the editor have theirs where they come in. */
  const allowances = new Map<string, SaveAllowance>();

  function allowanceOf(tenant: string): SaveAllowance {
    const known = allowances.get(tenant);
    if (known) return known;
    const allowance = createSaveAllowance(() => clock.now());
    allowances.set(tenant, allowance);
    return allowance;
  }

  /** Saves what `edit` makes of the current flows; made anew when another process saved first. Undefined = no save. */
  const save = (
    tenant: string,
    by: { readonly author: string; readonly from: 'api' | 'editor' },
    edit: (current: Snapshot) => NextSnapshot | undefined,
  ): Promise<Snapshot | undefined> =>
    inTurn(tenant, async () => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const current = await revisions.current(tenant);
        const next = edit(current);
        if (!next) return undefined;
        try {
          return await revisions.commit(tenant, current, next, { ...by, time: clock.now() });
        } catch (error) {
          if (!isPlatformError(error, 'DUPLICATE')) throw error;
        }
      }
      throw flowErrors.FLOWS_BUSY();
    });

  /** The flows are stored by then: a listener that fails is logged and does not make the save fail. */
  const saveFromApi = async (
    tenant: string,
    author: string,
    edit: (flows: readonly StoredFlow[]) => readonly StoredFlow[] | undefined,
  ): Promise<void> => {
    const allowance = allowanceOf(tenant);
    let isPaid = false;
    let given: ReadonlyMap<string, FlowElement> = new Map();
    const saved = await save(tenant, { author, from: 'api' }, (current) => {
      const flows = edit(current.flows);
      if (!flows) return undefined;
      const reason = tooLarge({ ...current, flows }, current);
      if (reason) throw invalidFlow(reason);
      if (!isPaid) allowance.spend(costOf(flows, current.flows));
      isPaid = true;
      given = newCredentials(flows, current.flows);
      if (given.size === 0) return { ...current, flows };
      return {
        ...current,
        flows,
        credentials: seal.seal(tenant, addCredentials(credentialsOf(tenant, current), given)),
      };
    });
    if (!saved) return;
    const view = withCredentials(editorView(saved), given);
    const told = await Promise.allSettled(listeners.map(async (listener) => listener(tenant, view)));
    for (const outcome of told) {
      if (outcome.status === 'rejected') {
        log.error('saved flows could not be brought to their runtime', { tenant, error: outcome.reason });
      }
    }
  };

  const credentialsOf = (tenant: string, { credentials }: Snapshot): Record<string, unknown> =>
    credentials === undefined ? {} : seal.open(tenant, credentials);

  /** What could not be read is not overwritten: Node-RED would do that with nothing. */
  function changedCredentials(tenant: string, current: Snapshot, changed: EditorSave['credentials']) {
    if (changed === undefined) return current.credentials;
    credentialsOf(tenant, current);
    return seal.seal(tenant, changed);
  }

  const find = async (tenant: string, id: string) =>
    (await revisions.current(tenant)).flows.find((flow) => flow.id === id);

  return {
    tenants: () => revisions.tenants(),
    list: async (tenant) => (await revisions.current(tenant)).flows.map(asFlow),
    get: async (tenant, id) => {
      const flow = await find(tenant, id);
      return flow && asFlow(flow);
    },
    nodes: async (tenant, id) => {
      const flow = await find(tenant, id);
      return flow && nodeIds(flow);
    },
    create: async (tenant, flow, author) => {
      const created = newFlow(randomId(), flow, clock.now());
      await saveFromApi(tenant, author, (flows) => [...flows, created]);
      return asFlow(created);
    },
    update: async (tenant, id, change, author) => {
      let updated: StoredFlow | undefined;
      await saveFromApi(tenant, author, (flows) => {
        const flow = flows.find((one) => one.id === id);
        updated = flow && changedFlow(flow, change, clock.now());
        return updated && flows.map((one) => (one === flow && updated ? updated : one));
      });
      return updated && asFlow(updated);
    },
    remove: async (tenant, id, author) => {
      let removed: StoredFlow | undefined;
      await saveFromApi(tenant, author, (flows) => {
        removed = flows.find((flow) => flow.id === id);
        return removed && flows.filter((flow) => flow.id !== id);
      });
      return removed && asFlow(removed);
    },
    removeAll: (tenant, author) => saveFromApi(tenant, author, (flows) => (flows.length > 0 ? [] : undefined)),

    runnable: async (tenant) => editorView(await revisions.current(tenant)),
    saveFromEditor: async (tenant, nodes, { author, knownTypes, basedOn, credentials }) => {
      const saved = await save(tenant, { author, from: 'editor' }, (current) => {
        if (basedOn !== undefined && basedOn !== current.number)
          throw flowErrors.FLOWS_OUTDATED(String(current.number));
        const before = new Map(editorView(current).nodes.map((node) => [node.id, node]));
        if (nodes.length > mostOfTenant.elements && nodes.length > before.size)
          throw flowErrors.FLOWS_TOO_LARGE(`a tenant may have ${mostOfTenant.elements} elements`);
        const checked = checkDeploy(nodes, knownTypes, before);
        const deployed = applyDeploy(checked, current, { now: clock.now(), newId: randomId });
        const reason = tooLarge(deployed, current);
        if (reason) throw flowErrors.FLOWS_TOO_LARGE(reason);
        return {
          ...deployed,
          credentials: changedCredentials(tenant, current, credentials),
        };
      });
      return editorView(saved ?? (await revisions.current(tenant)));
    },
    onApiSave: (listener) => {
      listeners.push(listener);
    },

    revisions: (tenant) => revisions.list(tenant),
    revision: async (tenant, number) => {
      const snapshot = await revisions.at(tenant, number);
      return snapshot && editorView(snapshot);
    },

    credentials: async (tenant) => credentialsOf(tenant, await revisions.current(tenant)),
    runtimeState: (tenant, name) => state.read(tenant, name),
    saveRuntimeState: (tenant, name, saved) => state.save(tenant, name, saved),
  };
}

const nodeIds = ({ face }: StoredFlow): FlowNodeIds[] =>
  face.nodes
    .filter(({ type }) => !isStructural(type))
    .map(({ id, type }) => ({ id: face.restIds.get(id) ?? id, editorId: id, type }));

const asFlow = ({ id, name, enabled, source, created, updated }: StoredFlow): Flow => ({
  id,
  name,
  enabled,
  source,
  created,
  updated,
});

/** Throws `INVALID_FLOW` when the source is no flow list. */
function newFlow(id: string, { name, enabled, source }: NewFlow, now: number): StoredFlow {
  const tabId = tabIdOf(id);
  const face = readFlow({ tabId, source });
  return { id, tabId, name, enabled, created: now, updated: now, source, face, drawn: false };
}

/** The face stays as it was drawn as long as the source is the one it was written to. */
function changedFlow(flow: StoredFlow, { name, enabled, source }: Partial<NewFlow>, now: number): StoredFlow {
  const kept = { ...flow, name: name ?? flow.name, enabled: enabled ?? flow.enabled, updated: now };
  if (source === undefined || source === flow.source) return kept;
  const { tabId } = flow;
  const known = new Map(Array.from(flow.face.restIds, ([editorId, id]) => [id, editorId]));
  // A tab is known by its flow.
  known.delete(flow.face.restIds.get(tabId) ?? '');
  const face = readFlow({ tabId, source, known });
  return { ...kept, source, face, drawn: hasDrawnIds(tabId, face) };
}

/** Whether nodes have other ids than the reader gives them: the source alone would not bring them back. */
function hasDrawnIds(tabId: string, { restIds }: FlowFace): boolean {
  return Array.from(restIds).some(([editorId, id]) => editorId !== tabId && editorId !== editorIdOf(tabId, id));
}
