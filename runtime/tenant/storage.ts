/**
 * Node-RED's storage module: everything it keeps lives with the supervisor. A plain object, because Node-RED uses settings
 * only of a module that has the functions as its own properties. There are no sessions to keep: users are those the
 * gateway names.
 */
import type { FlowNodeJson } from 'node-red';
import { z } from 'zod';
import { editorUser } from '../../contract/editor.ts';
import { type Problem, runnableFlows } from '../protocol/messages.ts';
import { createLibrary } from './library.ts';
import { Refusal, type SupervisorLink } from './supervisor-link.ts';

interface Needs {
  readonly supervisor: Pick<SupervisorLink, 'call'>;
  readonly flows: CurrentFlows;
  /** Called before Node-RED stops nodes, after a save is stored: resolves when the flows may be changed. */
  readonly drain: () => Promise<void>;
  /** Flows or credentials cannot be loaded: Node-RED would go on without them, and take no later ones. */
  readonly failed: (error: unknown) => void;
}

/** The flows this process runs, as the platform knows them. */
export interface CurrentFlows {
  /** Takes over a revision: returns the nodes as Node-RED may have them. */
  take(flows: Revision): readonly FlowNodeJson[];
  /** The nodes as the platform has them. */
  original(nodes: readonly FlowNodeJson[]): readonly FlowNodeJson[];
  revision(): number;
}
export type Revision = z.infer<typeof runnableFlows>;

/** Whoever deploys what he has not seen erases it. */
const notLoaded: Problem = { code: 'FLOWS_NOT_LOADED', status: 503, message: 'The flows are being loaded. Try again.' };

/** Who saves when the platform itself deploys what it has stored already. */
export const platformUser = Symbol('the platform');

const anything = z.record(z.string(), z.unknown());
const saved = runnableFlows.pick({ revision: true, flowIds: true });

export function createStorage({ supervisor, flows, drain, failed }: Needs) {
  /** Credentials that changed and are not stored yet: they go with the flows they belong to. */
  let credentials: Record<string, unknown> | undefined;
  /** Node-RED asks for the flows first, then for their credentials; only with both it has what may be saved. */
  let isLoaded = false;

  async function load<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  return {
    init: async () => undefined,

    getFlows: () =>
      load(async () => {
        isLoaded = false;
        const nodes = flows.take(runnableFlows.parse(await supervisor.call({ name: 'loadFlows' })));
        // Also the beginning of a "restart flows" from the editor.
        await drain();
        return nodes;
      }),

    async saveFlows(nodes: readonly FlowNodeJson[], user: unknown): Promise<void> {
      if (user !== platformUser) {
        if (!isLoaded) throw new Refusal(notLoaded);
        const original = flows.original(nodes);
        const answer = await supervisor.call({
          name: 'saveFlows',
          nodes: Array.from(original),
          ...(credentials && { credentials }),
          author: editorUser.parse(user).username,
          basedOn: flows.revision(),
        });
        credentials = undefined;
        flows.take({ ...saved.parse(answer), nodes: Array.from(original) });
      }
      await drain();
    },

    getCredentials: () =>
      load(async () => {
        const loaded = anything.parse(await supervisor.call({ name: 'loadCredentials' }));
        isLoaded = true;
        return loaded;
      }),
    async saveCredentials(changed: Record<string, unknown>): Promise<void> {
      credentials = changed;
    },

    getSettings: async () => anything.parse((await supervisor.call({ name: 'loadState', state: 'settings' })) ?? {}),
    async saveSettings(content: Record<string, unknown>): Promise<void> {
      await supervisor.call({ name: 'saveState', state: 'settings', content });
    },

    ...createLibrary(supervisor),
  };
}
